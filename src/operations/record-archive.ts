import type { Archive } from "../domain/archive.ts";
import { nextInventoryDueAtMs } from "../domain/inventory.ts";
import type { Vault, VaultKey } from "../domain/vault.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import { formatVaultLocation } from "../protocol/arn.ts";
import type { Output } from "../protocol/operations.ts";
import type { Services } from "./handler.ts";

/** What the request decides of an archive; vault and moment of creation decide the rest. */
export type NewArchive = Pick<
  Archive,
  "archiveId" | "sizeBytes" | "treeHash" | "sha256" | "description" | "manifestId"
>;

/**
 * Adds an archive, whose manifest is stored, to a vault that this transaction has locked, and counts it.
 * It is created now: for a multipart upload that is its completion (contract §2.22).
 */
export async function recordArchive(
  session: MetadataSession,
  services: Services,
  lockedVault: Vault,
  archive: NewArchive,
): Promise<void> {
  const { vaultId } = lockedVault;
  const createdAtMs = services.clock.nowMs();
  const createdSequence = await session.vaults.countChange(vaultId, {
    archiveCount: 1,
    archiveBytes: archive.sizeBytes,
    inventoryDueAtMs: nextInventoryDueAtMs(lockedVault, services.settings.inventory, createdAtMs),
  });
  await session.archives.insert({ ...archive, vaultId, createdAtMs, createdSequence });
}

/** What UploadArchive and CompleteMultipartUpload answer. */
export function renderArchiveCreated(
  vault: VaultKey,
  archive: Pick<Archive, "archiveId" | "treeHash">,
): Output<"UploadArchive"> {
  return {
    location: formatVaultLocation(vault, "archives", archive.archiveId),
    checksum: archive.treeHash,
    archiveId: archive.archiveId,
  };
}
