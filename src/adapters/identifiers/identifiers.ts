/**
 * Identifiers: a time-ordered stamp, then randomness of `node:crypto`. Ids of one process strictly
 * increase when compared as bytes (not as base64url text, whose alphabet is not in the order of ASCII).
 */
import { randomFillSync, randomUUID } from "node:crypto";
import {
  ARCHIVE_ID_BYTES,
  type ArchiveId,
  type BlobId,
  CAPACITY_ID_BYTES,
  type CapacityId,
  JOB_ID_BYTES,
  type JobId,
  LOCK_ID_BYTES,
  type LockId,
  type ManifestId,
  UPLOAD_ID_BYTES,
  type UploadId,
} from "../../domain/ids.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/id-source.ts";
import { assert } from "../../std/assert.ts";
import { formatBase64url, formatHex } from "../../std/bytes.ts";

/** Contract §1.8: 47 characters. */
const REQUEST_ID_BYTES = 35;
const MANIFEST_ID_BYTES = 16;
const BLOB_ID_BYTES = 16;
const BOOT_BYTES = 4;
const COUNTER_MAX = 0xffff;
/** An id whose first six bits are 62 begins with `-`; the clock's 48 bits reach that in the year 10 599. */
const STAMP_MAX_MS = 62 * 2 ** 42 - 1;

/** Ids for the process start number `boot` (0 to 2^32-1), which every blob id carries. */
export function createIdentifiers(options: {
  readonly clock: Clock;
  readonly boot: number;
}): IdSource {
  const { clock, boot } = options;
  assert(
    Number.isInteger(boot) && boot >= 0 && boot <= 0xffffffff,
    `boot must fit 4 bytes: ${boot}`,
  );
  const stamp = createStamp(clock);
  const text = (size: number): string => formatBase64url(makeStamped({ size, stamp, offset: 0 }));
  // The casts make brands: an id source is the one place besides the parsers that may.
  return {
    archiveId: () => text(ARCHIVE_ID_BYTES) as ArchiveId,
    jobId: () => text(JOB_ID_BYTES) as JobId,
    uploadId: () => text(UPLOAD_ID_BYTES) as UploadId,
    lockId: () => makeRandomText(LOCK_ID_BYTES) as LockId,
    capacityId: () => makeRandomText(CAPACITY_ID_BYTES) as CapacityId,
    requestId: () => text(REQUEST_ID_BYTES),
    uuid: () => randomUUID(),
    manifestId: () =>
      formatHex(makeStamped({ size: MANIFEST_ID_BYTES, stamp, offset: 0 })) as ManifestId,
    blobId: () => {
      const bytes = makeStamped({ size: BLOB_ID_BYTES, stamp, offset: BOOT_BYTES });
      new DataView(bytes.buffer).setUint32(0, boot);
      return formatHex(bytes) as BlobId;
    },
  };
}

/** `size` random bytes as text that does not begin with `-`. */
function makeRandomText(size: number): string {
  const bytes = takeRandom(size);
  const text = formatBase64url(bytes);
  return text.startsWith("-") ? makeRandomText(size) : text;
}

/** When an id was made: milliseconds, and a count of the ids before it in the same millisecond. */
interface Stamp {
  readonly timeMs: number;
  readonly counter: number;
}

/** Stamps that strictly increase: while the clock stands still or goes back, the counter carries on. */
function createStamp(clock: Clock): () => Stamp {
  let timeMs = -1;
  let counter = 0;
  return () => {
    const nowMs = Math.min(Math.max(clock.nowMs(), 0), STAMP_MAX_MS);
    if (nowMs > timeMs) {
      timeMs = nowMs;
      counter = 0;
    } else if (counter < COUNTER_MAX) {
      counter += 1;
    } else {
      timeMs += 1;
      counter = 0;
    }
    return { timeMs, counter };
  };
}

/** Randomness is asked for in pieces of this size: a call costs far more than the bytes of one id. */
const RANDOM_POOL_BYTES = 4096;
const pool = new Uint8Array(RANDOM_POOL_BYTES);
let poolUsedBytes = RANDOM_POOL_BYTES;

/** `size` bytes of randomness that nobody got before; to be copied at once. */
function takeRandom(size: number): Uint8Array {
  assert(size <= RANDOM_POOL_BYTES, `an id has at most ${RANDOM_POOL_BYTES} random bytes: ${size}`);
  if (poolUsedBytes + size > RANDOM_POOL_BYTES) {
    randomFillSync(pool);
    poolUsedBytes = 0;
  }
  poolUsedBytes += size;
  return pool.subarray(poolUsedBytes - size, poolUsedBytes);
}

/** `size` bytes: a stamp of 8 bytes at `offset`, randomness after it. */
function makeStamped(options: {
  readonly size: number;
  readonly stamp: () => Stamp;
  readonly offset: number;
}): Uint8Array<ArrayBuffer> {
  const { size, offset } = options;
  const { timeMs, counter } = options.stamp();
  const bytes = new Uint8Array(size);
  const high = Math.floor(timeMs / 2 ** 32);
  const low = timeMs % 2 ** 32;
  // What does not fit a byte is cut off by the array; a view of the same bytes is dearer than the bytes.
  bytes[offset] = high >>> 8;
  bytes[offset + 1] = high;
  bytes[offset + 2] = low >>> 24;
  bytes[offset + 3] = low >>> 16;
  bytes[offset + 4] = low >>> 8;
  bytes[offset + 5] = low;
  bytes[offset + 6] = counter >>> 8;
  bytes[offset + 7] = counter;
  bytes.set(takeRandom(size - offset - 8), offset + 8);
  return bytes;
}
