/** Small archives that are added together, in a form that reaches a thread at the price of a few objects. */
import { ARCHIVE_ID_BYTES } from "../../domain/ids.ts";
import { DIGEST_BYTES } from "../../domain/limits.ts";
import type { SmallArchive } from "../../ports/small-archives.ts";
import { assert } from "../../std/assert.ts";

/** What all archives of a batch change in the record of one vault. */
export interface VaultChange {
  readonly vaultId: number;
  readonly archiveCount: number;
  readonly archiveBytes: bigint;
  /** Of the vault before, by which the change finds out that nothing else came in between. */
  readonly fromSequence: number;
  readonly toSequence: number;
  /** `null` leaves the date that is there. */
  readonly inventoryDueAtMs: number | null;
}

export interface ArchiveBatch {
  readonly vaults: readonly VaultChange[];
  /** As they are stored: sealed, if texts are. */
  readonly descriptions: readonly (string | null)[];
  /** `NUMBERS` for each archive. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Archive id, manifest id, blob id, hash and blob of each archive, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An archive that has its place in its vault. */
export interface PlacedArchive {
  readonly vaultId: number;
  readonly createdSequence: number;
  readonly archive: SmallArchive;
  /** As it is stored. */
  readonly description: string | null;
}

/** Vault, instant of creation, sequence, size of the archive, size of the blob as it is stored. */
const NUMBERS = 5;
const HEX_ID_BYTES = 16;
const FIXED_BYTES = ARCHIVE_ID_BYTES + 2 * HEX_ID_BYTES + DIGEST_BYTES;

/** The row values of one archive. */
export interface ArchiveRow {
  readonly vaultId: number;
  readonly createdAtMs: number;
  readonly createdSequence: number;
  readonly sizeBytes: number;
  readonly description: string | null;
  readonly archiveId: Uint8Array;
  readonly manifestId: Uint8Array;
  readonly blobId: Uint8Array;
  readonly hash: Uint8Array;
  readonly stored: Uint8Array;
}

export function packArchives(
  archives: readonly PlacedArchive[],
  vaults: readonly VaultChange[],
): ArchiveBatch {
  const numbers = new Float64Array(archives.length * NUMBERS);
  const storedBytes = archives.reduce((sum, { archive }) => sum + archive.stored.length, 0);
  const bytes = new Uint8Array(archives.length * FIXED_BYTES + storedBytes);
  const buffer = Buffer.from(bytes.buffer);
  let at = 0;
  for (const [index, { vaultId, createdSequence, archive }] of archives.entries()) {
    const { createdAtMs, sizeBytes, stored } = archive;
    numbers.set([vaultId, createdAtMs, createdSequence, sizeBytes, stored.length], index * NUMBERS);
    const start = at;
    at += buffer.write(archive.archiveId, at, "base64url");
    at += buffer.write(archive.manifestId, at, "hex");
    at += buffer.write(archive.blobId, at, "hex");
    at += buffer.write(archive.hash, at, "hex");
    assert(at - start === FIXED_BYTES, `archive ${archive.archiveId} has an id of another length`);
    bytes.set(stored, at);
    at += stored.length;
  }
  return { vaults, descriptions: archives.map(({ description }) => description), numbers, bytes };
}

/** The rows of a batch in its order; their bytes are those of the batch. */
export function* unpackArchives(batch: ArchiveBatch): Generator<ArchiveRow, void, void> {
  let at = 0;
  const take = (count: number): Uint8Array => {
    at += count;
    return batch.bytes.subarray(at - count, at);
  };
  for (const [index, description] of batch.descriptions.entries()) {
    const numbers = batch.numbers.subarray(index * NUMBERS, (index + 1) * NUMBERS);
    const [vaultId = 0, createdAtMs = 0, createdSequence = 0, sizeBytes = 0, storedBytes = 0] =
      numbers;
    yield {
      ...{ vaultId, createdAtMs, createdSequence, sizeBytes, description },
      archiveId: take(ARCHIVE_ID_BYTES),
      manifestId: take(HEX_ID_BYTES),
      blobId: take(HEX_ID_BYTES),
      hash: take(DIGEST_BYTES),
      stored: take(storedBytes),
    };
  }
}

/** How many rows storing the batch changes. */
export function countRows({ vaults, descriptions }: ArchiveBatch): number {
  return vaults.length + 3 * descriptions.length;
}
