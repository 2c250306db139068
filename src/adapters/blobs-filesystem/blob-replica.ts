/** A second folder of blobs, filled from the first one by hard links where the file system lets it, else by copies. */
import { constants, copyFile, type FileHandle, link, open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { BlobId } from "../../domain/ids.ts";
import { equalBytes } from "../../std/bytes.ts";
import { readHead } from "./blob-cipher.ts";
import { writeBoot } from "./boot-file.ts";
import { removeFile } from "./filesystem-writer.ts";
import {
  blobPath,
  FILE_MODE,
  layoutOf,
  prepareFolders,
  shardNames,
  syncFolder,
  temporaryPath,
} from "./layout.ts";
import { listBlobs, sweepTemporaryFiles } from "./list-blobs.ts";
import { findHeader, sealedFileBytes } from "./sealed-format.ts";

/**
 * How a blob came into the replica; `missing` and `damaged` ones are not in it: the first folder lacks them, or has
 * another length.
 */
export type ReplicaOutcome = "present" | "linked" | "copied" | "missing" | "damaged";

export interface BlobReplica {
  /** Brings the blob in, whole or not at all; durable once `sync` has resolved. */
  add(blob: { readonly blobId: BlobId; readonly sizeBytes: number }): Promise<ReplicaOutcome>;
  /** Makes all that was added durable. */
  sync(): Promise<void>;
  /** Removes the blobs that `findNamed` does not name; returns how many. */
  prune(findNamed: (blobIds: readonly BlobId[]) => ReadonlySet<BlobId>): Promise<number>;
  /** Stores the number of the last boot. */
  setBoot(boot: number): Promise<void>;
}

/** Links are refused between file systems, by some file systems, and beyond a number. */
const NO_LINK_CODES = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "EACCES"]);
const SYNCS_AT_ONCE = 8;

/** A replica in `to` (made when missing) of the blobs in `from`; one process at a time writes it. */
export async function openBlobReplica(options: {
  readonly from: string;
  readonly to: string;
  /** Whether bytes may be shared with the first folder. */
  readonly mayLink: boolean;
}): Promise<BlobReplica> {
  const source = layoutOf(options.from);
  const target = layoutOf(options.to);
  await prepareFolders(target);
  // What a run that was cut short left half copied.
  await sweepTemporaryFiles(target, () => false);
  let mayLink = options.mayLink;
  return {
    async add({ blobId, sizeBytes }) {
      const [from, to] = [blobPath(source, blobId), blobPath(target, blobId)];
      const found = await findStored(from, blobId);
      const present = await findStored(to, blobId);
      if (present?.sizeBytes === sizeBytes && hasSameKey(present, found)) {
        return "present";
      }
      if (found?.sizeBytes !== sizeBytes) {
        return found === undefined ? "missing" : "damaged";
      }
      // One that is there, damaged or under an earlier key, is replaced by a rename: a crash leaves either.
      const paths = { from, to, temporary: temporaryPath(target, blobId) };
      if (mayLink) {
        if (await tryLink(from, paths.temporary)) {
          await rename(paths.temporary, to);
          return "linked";
        }
        mayLink = false;
      }
      return (await copyDurably(paths, found.fileBytes)) ? "copied" : "damaged";
    },
    async sync() {
      const folders = shardNames().map((name) => join(target.data, name));
      for (let index = 0; index < folders.length; index += SYNCS_AT_ONCE) {
        await Promise.all(
          folders
            .slice(index, index + SYNCS_AT_ONCE)
            .map((folder) => syncFolder(target.files, folder)),
        );
      }
    },
    async prune(findNamed) {
      let removed = 0;
      for await (const batch of listBlobs(target)) {
        const named = findNamed(batch);
        for (const blobId of batch.filter((blob) => !named.has(blob))) {
          await removeFile(target.files, blobPath(target, blobId));
          removed += 1;
        }
      }
      return removed;
    },
    setBoot: (boot) => writeBoot(target, boot),
  };
}

/** Whether what is kept of a blob, of which `head` are the first 192 bytes, has the length that it has to have. */
export function isWholeBlob(
  { blobId, sizeBytes }: { readonly blobId: BlobId; readonly sizeBytes: number },
  { storedBytes, head }: { readonly storedBytes: number; readonly head: Uint8Array },
): boolean {
  return describeStored(blobId, storedBytes, head).sizeBytes === sizeBytes;
}

interface Stored {
  readonly fileBytes: number;
  /** Bytes of the blob; `undefined` for an encrypted one whose file has another length than its header says. */
  readonly sizeBytes: number | undefined;
  /** Of an encrypted blob: its first bytes, which tell its key. */
  readonly header: Uint8Array | undefined;
}

/** What the file at `path` holds as far as can be told without a key; `undefined` when there is none. */
async function findStored(path: string, blobId: BlobId): Promise<Stored | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
  try {
    const { size: fileBytes } = await file.stat();
    return describeStored(blobId, fileBytes, await readHead(file));
  } finally {
    await file.close();
  }
}

function describeStored(blobId: BlobId, fileBytes: number, head: Uint8Array): Stored {
  const header = findHeader(head);
  if (header?.blobId !== blobId) {
    return { fileBytes, sizeBytes: fileBytes, header: undefined };
  }
  const isWhole = sealedFileBytes(header) === fileBytes;
  return { fileBytes, sizeBytes: isWhole ? header.sizeBytes : undefined, header: head };
}

/** After a rotation of keys the first folder has another header: the replica follows, if it is sound. */
function hasSameKey(present: Stored, found: Stored | undefined): boolean {
  return (
    present.header === undefined ||
    found?.header === undefined ||
    found.sizeBytes !== present.sizeBytes ||
    equalBytes(present.header, found.header)
  );
}

/** False when no link can be made here; what is linked was durable before it was committed. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (NO_LINK_CODES.has((error as NodeJS.ErrnoException).code ?? "")) {
      return false;
    }
    throw error;
  }
}

/** Temporary file, fsync, length, rename; false when the copy is not as long as it has to be. */
async function copyDurably(
  paths: { readonly from: string; readonly to: string; readonly temporary: string },
  fileBytes: number,
): Promise<boolean> {
  const { from, to, temporary } = paths;
  // A file system that can share blocks until one side changes does so.
  await copyFile(from, temporary, constants.COPYFILE_FICLONE);
  const file = await open(temporary, "r+");
  try {
    await file.chmod(FILE_MODE);
    await file.sync();
    if ((await file.stat()).size !== fileBytes) {
      return false;
    }
  } finally {
    await file.close();
  }
  await rename(temporary, to);
  return true;
}
