/** Tells damage of a stored blob from failures that say nothing about it. */
import { BlobDamage } from "../../domain/blob.ts";
import type { BlobId } from "../../domain/ids.ts";

const TRUNCATED = "ERR_BLOB_TRUNCATED";
/** Shortages of the process or the machine: the blob may be sound. */
const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EINTR", "EBUSY"]);

/** A file that ends before its blob does. */
export function truncatedFile(message: string): Error {
  return Object.assign(new Error(message), { code: TRUNCATED });
}

/** `BlobDamage` when `error`, met while reading blob `blobId`, says that it is damaged; else `error`. */
export function readFailure(blobId: BlobId, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || SHORTAGES.has(code)) {
    return error;
  }
  if (code === "ENOENT") {
    return new BlobDamage(blobId, "missing", { cause: error });
  }
  return new BlobDamage(blobId, code === TRUNCATED ? "truncated" : "unreadable", { cause: error });
}
