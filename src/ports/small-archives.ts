/** Archives of one small blob: everything that is stored of one is known at once, so that many are added together. */
import type { Archive, HashHex } from "../domain/archive.ts";
import type { BlobId } from "../domain/ids.ts";
import type { Vault } from "../domain/vault.ts";

/** What is stored of an archive that has one part, and of the part a blob of at most one MiB. */
export interface SmallArchive
  extends Pick<Archive, "archiveId" | "manifestId" | "createdAtMs" | "sizeBytes" | "description"> {
  /** All three hashes: of at most one MiB, the linear one is that of the only leaf, and the leaf is the tree. */
  readonly hash: HashHex;
  readonly blobId: BlobId;
  /** The row with the blob's bytes; see `SmallBlob`. */
  readonly stored: Uint8Array;
  /** Becomes the due time of the vault's next inventory unless one is due already; `undefined` in live mode. */
  readonly inventoryDueAtMs: number | undefined;
}

/**
 * Called with the vault as it is, which nothing changes before the archive is added; `undefined` when there is none.
 * Its counters may lack archives that are added at the same moment. Throws to refuse. Has no effect.
 */
export type DecideSmallArchive = (vault: Vault | undefined) => SmallArchive;

export interface SmallArchiveStore {
  /**
   * Adds an archive with its part and its blob and counts it, as one transaction would that locks the vault:
   * durable when this resolves. Rejects with what `decide` throws, or with the database's error, and then
   * nothing of the archive is stored.
   */
  add(vaultId: number, decide: DecideSmallArchive): Promise<void>;
}
