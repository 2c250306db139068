/** Unfinished multipart uploads of vaults, as the service and the journals know them. */
import { GlacierServiceError } from "../../../client/errors.ts";
import { listPages } from "../../../client/paginate.ts";
import { listStoredParts, type StoredUpload } from "../../../client/transfer/upload-target.ts";
import { decodeDescription } from "../../../domain/descriptions/decode-description.ts";
import type { UploadStartedRecord } from "../../catalog/journal-record.ts";
import { findCatalog } from "../../catalog/open-journal.ts";
import { EXIT } from "../../exit-codes.ts";
import { describeVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";

export interface FoundUpload {
  readonly vaultName: string;
  readonly uploadId: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly partSizeBytes: number;
  readonly partCount: number;
  readonly storedBytes: number;
  /** Of the journal; an upload without one was begun elsewhere, or by another tool. */
  readonly record: UploadStartedRecord | undefined;
  /** `over`: the service no longer has it, and the journal does not know how it ended. */
  readonly state: "open" | "over";
}

/** The uploads of a vault, in the order that the service gives, then those that only the journal knows. */
export async function* findUploads(
  session: Session,
  vaultName: string,
): AsyncGenerator<FoundUpload> {
  const { call, accountId } = session;
  const vault = await describeVault(session, vaultName);
  const catalog = await findCatalog(session, vault);
  const records = new Map(catalog?.openUploads);
  const input = { accountId, vaultName };
  for await (const { output } of listPages(call, "ListMultipartUploads", input)) {
    for (const upload of output.UploadsList ?? []) {
      const uploadId = upload.MultipartUploadId ?? "";
      const record = records.get(uploadId);
      records.delete(uploadId);
      const stored = await findStored(session, { vaultName, uploadId });
      if (stored !== undefined) {
        const { description, partSizeBytes } = stored;
        yield {
          ...{ vaultName, uploadId, partSizeBytes, record, state: "open" },
          ...measureParts(stored),
          name: record?.name ?? decodeDescription(description).name,
          startedAtMs: Date.parse(upload.CreationDate ?? ""),
        };
      }
    }
  }
  for (const record of records.values()) {
    const { uploadId, name, partSizeBytes, atMs: startedAtMs } = record;
    const nothing = { partCount: 0, storedBytes: 0, state: "over" } as const;
    yield { vaultName, uploadId, name, partSizeBytes, startedAtMs, record, ...nothing };
  }
}

/** How much of an upload is stored. */
export function measureParts({ parts }: StoredUpload) {
  return {
    partCount: parts.length,
    storedBytes: parts.reduce((sum, { start, endExclusive }) => sum + endExclusive - start, 0),
  };
}

/** The names of all vaults. */
export async function* listVaultNames({ call, accountId }: Session): AsyncGenerator<string> {
  for await (const { output } of listPages(call, "ListVaults", { accountId })) {
    for (const { VaultName = "" } of output.VaultList ?? []) {
      yield VaultName;
    }
  }
}

/**
 * The vault that has the upload, open or only in its journal. Looks into all vaults unless one is given.
 * Throws a `VerbFailure` when none has it.
 */
export async function findVaultOfUpload(
  session: Session,
  { uploadId, vaultName }: { readonly uploadId: string; readonly vaultName: string | undefined },
): Promise<{ readonly vaultName: string; readonly stored: StoredUpload | undefined }> {
  const names = vaultName === undefined ? listVaultNames(session) : [vaultName];
  for await (const candidate of names) {
    const stored = await findStored(session, { vaultName: candidate, uploadId });
    if (stored !== undefined || (await isInJournal(session, candidate, uploadId))) {
      return { vaultName: candidate, stored };
    }
  }
  const where = vaultName === undefined ? "no vault has an" : `the vault ${vaultName} has no`;
  throw new VerbFailure(
    EXIT.failed,
    `${where} unfinished upload ${uploadId}: it was completed or aborted, or has expired.` +
      " `moraine uploads` lists those there are.",
  );
}

async function isInJournal(session: Session, vaultName: string, uploadId: string) {
  const catalog = await findCatalog(session, await describeVault(session, vaultName));
  return catalog?.openUploads.has(uploadId) === true;
}

async function findStored(
  session: Session,
  { vaultName, uploadId }: { readonly vaultName: string; readonly uploadId: string },
): Promise<StoredUpload | undefined> {
  try {
    return await listStoredParts({ ...session, vaultName }, uploadId);
  } catch (error) {
    if (error instanceof GlacierServiceError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}
