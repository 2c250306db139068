/** Where an object lies: `<folder>/<bucket>/<key>`, and nothing that is not below its bucket. */
import { isBucketName } from "../../domain/bucket-name.ts";
import { OBJECT_KEY_MAX_BYTES } from "../../domain/limits.ts";
import { ResultStoreError } from "../../domain/result-store-error.ts";

/** The longest name of a file or folder that file systems take, in bytes. */
const NAME_MAX_BYTES = 255;

/** An object's place: the folders from the bucket down to it, and its name in the last one. */
export interface ObjectPlace {
  readonly bucketName: string;
  readonly folders: readonly string[];
  readonly name: string;
}

/** Throws `ResultStoreError` for a bucket or key that no file can stand for. */
export function parseObjectPlace(bucketName: string, key: string): ObjectPlace {
  const folders = parseFolders(bucketName, key);
  const name = folders.pop() ?? "";
  return { bucketName, folders, name };
}

/** The folder of the keys that begin with `prefix`, which ends with a slash. */
export function parsePrefixPlace(bucketName: string, prefix: string): readonly string[] {
  return parseFolders(bucketName, prefix.replace(/\/$/, ""));
}

function parseFolders(bucketName: string, key: string): string[] {
  if (!isBucketName(bucketName)) {
    throw new ResultStoreError("refused", bucketName, "it is no name of a bucket");
  }
  const refuse = (why: string) => {
    const shown = JSON.stringify(key.length > 200 ? `${key.slice(0, 200)}…` : key);
    return new ResultStoreError("refused", bucketName, `the key ${shown} ${why}`);
  };
  if (Buffer.byteLength(key) > OBJECT_KEY_MAX_BYTES) {
    throw refuse(`has more than ${OBJECT_KEY_MAX_BYTES} bytes`);
  }
  if (key.includes("\0") || !key.isWellFormed()) {
    throw refuse("holds a character that no file name holds");
  }
  const names = key.split("/");
  if (names.some((name) => name === "" || name === "." || name === "..")) {
    throw refuse("has a part between slashes that is empty, '.' or '..'; files can't stand for it");
  }
  if (names.some((name) => Buffer.byteLength(name) > NAME_MAX_BYTES)) {
    throw refuse(`has a part between slashes of more than ${NAME_MAX_BYTES} bytes`);
  }
  return [bucketName, ...names];
}
