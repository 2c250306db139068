/** Files that are there already: comparing them with archives, and walking to them without following links. */
import { constants, lstat, mkdir, open, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { createStreamingHash } from "../../../client/streaming-hash.ts";
import { partialPaths } from "../../../client/transfer/partial-file.ts";
import { syncFolder } from "../../../std/durable-file-node.ts";
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";

/** What lies at a path, compared with an archive. */
export type LocalState = "absent" | "identical" | "different" | "folder" | "not a file";

export interface ExpectedContent {
  readonly sizeBytes: number;
  /** `undefined` when nobody knows it: then nothing is identical. */
  readonly treeHash: string | undefined;
}

const READ_BYTES = 256 * 1024;

/** Compares by size, then by tree hash; a symbolic link is `not a file`. Throws the file system's error. */
export async function compareFile(path: string, expected: ExpectedContent): Promise<LocalState> {
  const found = await findEntry(path);
  if (found === undefined) {
    return "absent";
  }
  if (!found.isFile()) {
    return found.isDirectory() ? "folder" : "not a file";
  }
  if (found.size !== expected.sizeBytes || expected.treeHash === undefined) {
    return "different";
  }
  return (await hashFileAt(path)) === expected.treeHash ? "identical" : "different";
}

/** The tree hash of the file's bytes. Throws the file system's error. */
export async function hashFileAt(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createStreamingHash();
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null);
      if (bytesRead === 0) {
        return hash.digest().treeHash;
      }
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/**
 * Makes the folders of `components` below `root`, durably, and resolves with the path of the last. Throws a
 * `VerbFailure` when something that is no folder stands in the way. A symbolic link does: what it points
 * to is not what was asked for. Node can't open a file relative to a folder, so somebody who replaces a
 * folder by a link between this check and the use is not stopped; who can do that can write there anyway.
 */
export async function makeFolders(root: string, components: readonly string[]): Promise<string> {
  let folder = root;
  for (const component of components) {
    const path = join(folder, component);
    const found = await findEntry(path);
    if (found === undefined) {
      await makeFolder(path, folder);
    } else if (!found.isDirectory()) {
      const what = found.isSymbolicLink() ? "a symbolic link" : "no folder";
      throw new VerbFailure(EXIT.failed, `${path} is ${what}; move it away`);
    }
    folder = path;
  }
  const real = await realpath(folder);
  if (real !== join(await realpath(root), ...components)) {
    throw new VerbFailure(EXIT.failed, `${folder} is really ${real}, which is elsewhere`);
  }
  return folder;
}

async function makeFolder(path: string, parent: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    // Another file of the same folder was quicker.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw error;
    }
    const found = await findEntry(path);
    if (found?.isDirectory() !== true) {
      throw error;
    }
  }
  await syncFolder(parent);
}

/** Removes what an earlier download to the same file left. */
export async function removePartial(folder: string, name: string): Promise<void> {
  for (const path of Object.values(partialPaths({ folder, name }))) {
    await rm(path, { force: true });
  }
}

/** What is at the path itself, links not followed; `undefined` when nothing is. */
export async function findEntry(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") {
      return undefined;
    }
    throw error;
  }
}
