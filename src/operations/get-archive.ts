import type { Archive } from "../domain/archive.ts";
import { archiveNotFound, archiveOfAnotherVault } from "../domain/errors.ts";
import { findArchiveId } from "../domain/ids.ts";
import type { Vault } from "../domain/vault.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import { formatVaultArn } from "../protocol/arn.ts";

/**
 * The archive of `vault` that a request names, deleted ones included. Throws `ResourceNotFoundException`
 * when there is none, and `InvalidParameterValueException` when another vault of the same account and
 * region has it (contract §1.5). An archive of another account is not found, like one that never was.
 */
export async function getArchive(
  session: MetadataSession,
  vault: Vault,
  archiveIdText: string,
): Promise<Archive> {
  const archiveId = findArchiveId(archiveIdText);
  const archive = archiveId === undefined ? undefined : await session.archives.find(archiveId);
  if (archive?.vaultId === vault.vaultId) {
    return archive;
  }
  if (archive !== undefined && archive.deletedSequence === undefined) {
    const other = await session.vaults.get(archive.vaultId);
    if (other?.accountId === vault.accountId && other.region === vault.region) {
      throw archiveOfAnotherVault(formatVaultArn(vault));
    }
  }
  throw archiveNotFound(archiveIdText);
}

/** The archive likewise, but not a deleted one. Throws the same errors. */
export async function getLiveArchive(
  session: MetadataSession,
  vault: Vault,
  archiveIdText: string,
): Promise<Archive> {
  const archive = await getArchive(session, vault, archiveIdText);
  if (archive.deletedSequence !== undefined) {
    throw archiveNotFound(archiveIdText);
  }
  return archive;
}
