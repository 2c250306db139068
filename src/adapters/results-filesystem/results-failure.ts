/** Errors of the file system, as the owner of a job is told of them: without paths of the service. */
import { ResultStoreError } from "../../domain/result-store-error.ts";

/** What no waiting mends. */
const REFUSED: Readonly<Record<string, string>> = {
  ENAMETOOLONG: "the key is too long for a file",
  EISDIR: "a folder of other objects is in the way",
  ENOTDIR: "an object is in the way of the key",
  ELOOP: "a symbolic link is in the way, which is not followed",
  EXDEV: "the bucket is on another file system than the data folder",
  EILSEQ: "the file system does not take the key as a name",
};

/** What may pass. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EACCES: "the service may not write there",
  EPERM: "the service may not write there",
  EROFS: "the file system is read-only",
};

export function refusal(bucketName: string, reason: string): ResultStoreError {
  return new ResultStoreError("refused", bucketName, reason);
}

/** `error` as a `ResultStoreError`. */
export function failureOf(bucketName: string, error: unknown): ResultStoreError {
  if (error instanceof ResultStoreError) {
    return error;
  }
  const code = codeOf(error);
  const refused = code === undefined ? undefined : REFUSED[code];
  if (refused !== undefined) {
    return new ResultStoreError("refused", bucketName, refused, { cause: error });
  }
  const reason = (code === undefined ? undefined : UNAVAILABLE[code]) ?? "the disk failed";
  return new ResultStoreError("unavailable", bucketName, reason, { cause: error });
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
