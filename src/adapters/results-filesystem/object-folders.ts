/** The folders of an object: each is looked at before it is entered, so that no link leads out of the bucket. */
import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../../std/durable-file-node.ts";
import type { ObjectPlace } from "./object-path.ts";
import { codeOf, refusal } from "./results-failure.ts";

/**
 * The path of the folder that holds the object. Missing ones are made, durably, with `isMade`; without, the result is
 * `undefined`. Throws `ResultStoreError` when one is a file or a link, and the file system's errors.
 */
export async function openFolder(
  root: string,
  place: ObjectPlace,
  { isMade }: { readonly isMade: boolean },
): Promise<string | undefined> {
  let path = root;
  for (const name of place.folders) {
    const parent = path;
    path = join(parent, name);
    const made = isMade && (await makeFolder(path));
    if (made) {
      await syncFolder(parent);
    }
    const stat = await lstat(path).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") {
        throw error;
      }
      return undefined;
    });
    if (stat === undefined) {
      return undefined;
    }
    if (stat.isSymbolicLink()) {
      throw refusal(place.bucketName, `"${name}" is a symbolic link, which is not followed`);
    }
    if (!stat.isDirectory()) {
      throw refusal(place.bucketName, `"${name}" is an object, so no key goes on below it`);
    }
  }
  return path;
}

async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") {
      throw error;
    }
    return false;
  }
}
