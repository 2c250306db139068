/** Tells damage of a stored blob from failures that say nothing about it. */
import { BlobDamage, type BlobDamageKind } from "../../domain/blob.ts";
import type { BlobId } from "../../domain/ids.ts";

const TRUNCATED = "ERR_BLOB_TRUNCATED";
const ROTTEN = "ERR_BLOB_ROTTEN";
const UNKNOWN_KEY = "ERR_BLOB_KEY";
/** Shortages of the process or the machine: the blob may be sound. */
const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EINTR", "EBUSY"]);
const KINDS: ReadonlyMap<string, BlobDamageKind> = new Map([
  ["ENOENT", "missing"],
  [TRUNCATED, "truncated"],
  [ROTTEN, "rotten"],
]);

/** A file that ends before its blob does. */
export function truncatedFile(message: string): Error {
  return Object.assign(new Error(message), { code: TRUNCATED });
}

/** An encrypted file that is not what was written. */
export function rottenFile(message: string): Error {
  return Object.assign(new Error(message), { code: ROTTEN });
}

/** An encrypted file whose key is not at hand, or whose header was changed so that none fits. */
export function unknownKey(message: string): Error {
  return Object.assign(new Error(message), { code: UNKNOWN_KEY });
}

/** Whether `error` says that the file is no encrypted blob that a key of ours opens, whoever reads it. */
export function isBeyondKeys(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === TRUNCATED || code === ROTTEN || code === UNKNOWN_KEY;
}

/** `BlobDamage` when `error`, met while reading blob `blobId`, says that it is damaged; else `error`. */
export function readFailure(blobId: BlobId, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || SHORTAGES.has(code)) {
    return error;
  }
  return new BlobDamage(blobId, KINDS.get(code) ?? "unreadable", { cause: error });
}
