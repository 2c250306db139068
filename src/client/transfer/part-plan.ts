/** How bytes are cut into the parts of a multipart upload. Pure. */
import type { ByteRange } from "../../domain/byte-range.ts";
import {
  MIB,
  PART_SIZE_MAX_BYTES,
  PART_SIZE_MIN_BYTES,
  PARTS_MAX,
  UPLOAD_MAX_BYTES,
} from "../../domain/limits.ts";
import { ClientInputError } from "../errors.ts";

/** Up to this size an archive is sent in one request. */
export const WHOLE_MAX_BYTES = 100 * MIB;
/** Smaller parts cost more requests than they gain. */
export const PART_SIZE_START_BYTES = 16 * MIB;
/** For streams of unknown length: room for 625 GiB. */
export const STREAM_PART_SIZE_BYTES = 64 * MIB;
/** 10 000 parts of 4 GiB, about 40 TB. */
export const ARCHIVE_MAX_BYTES = PARTS_MAX * PART_SIZE_MAX_BYTES;

/** How an archive travels: in one request, or in parts. */
export type TransferPlan =
  | { readonly kind: "whole" }
  | { readonly kind: "parts"; readonly partSizeBytes: number };

/**
 * How `sizeBytes` travel. With a part size of the caller's, what is longer than one part goes in parts.
 * Throws `ClientInputError` naming the limit that the size or the part size is beyond.
 */
export function decideTransfer(sizeBytes: number, partSizeBytes?: number): TransferPlan {
  checkArchiveSize(sizeBytes);
  if (partSizeBytes === undefined) {
    return sizeBytes <= WHOLE_MAX_BYTES
      ? { kind: "whole" }
      : { kind: "parts", partSizeBytes: decidePartSize(sizeBytes) };
  }
  checkPartSize(partSizeBytes);
  if (sizeBytes <= Math.min(partSizeBytes, UPLOAD_MAX_BYTES)) {
    return { kind: "whole" };
  }
  if (countParts(sizeBytes, partSizeBytes) > PARTS_MAX) {
    throw new ClientInputError(
      `${sizeBytes} bytes are more than ${PARTS_MAX} parts of ${partSizeBytes} bytes; the part size ` +
        `must be at least ${decidePartSize(sizeBytes)}`,
    );
  }
  return { kind: "parts", partSizeBytes };
}

/**
 * The smallest power of two from `startBytes` on with which `sizeBytes` are at most 10 000 parts. Throws
 * `ClientInputError` for more than an archive can hold.
 */
export function decidePartSize(sizeBytes: number, startBytes = PART_SIZE_START_BYTES): number {
  checkArchiveSize(sizeBytes);
  let partSizeBytes = startBytes;
  while (countParts(sizeBytes, partSizeBytes) > PARTS_MAX) {
    partSizeBytes *= 2;
  }
  return partSizeBytes;
}

/** Throws `ClientInputError` unless it is a power of two from 1 MiB to 4 GiB (contract §1.10). */
export function checkPartSize(partSizeBytes: number): void {
  const fits =
    partSizeBytes >= PART_SIZE_MIN_BYTES &&
    partSizeBytes <= PART_SIZE_MAX_BYTES &&
    Number.isInteger(Math.log2(partSizeBytes));
  if (!fits) {
    throw new ClientInputError(
      `the part size must be a power of two from 1 MiB to 4 GiB; got ${partSizeBytes} bytes`,
    );
  }
}

/** How many parts `sizeBytes` make. */
export function countParts(sizeBytes: number, partSizeBytes: number): number {
  return Math.ceil(sizeBytes / partSizeBytes);
}

/** The bytes of part `index`, which counts from 0. */
export function partRange(
  index: number,
  { sizeBytes, partSizeBytes }: { readonly sizeBytes: number; readonly partSizeBytes: number },
): ByteRange {
  const start = index * partSizeBytes;
  return { start, endExclusive: Math.min(sizeBytes, start + partSizeBytes) };
}

function checkArchiveSize(sizeBytes: number): void {
  if (sizeBytes < 1) {
    throw new ClientInputError("an archive has at least 1 byte, and this is empty");
  }
  if (sizeBytes > ARCHIVE_MAX_BYTES) {
    throw new ClientInputError(
      `an archive has at most ${ARCHIVE_MAX_BYTES} bytes (10 000 parts of 4 GiB); this has ${sizeBytes}`,
    );
  }
}
