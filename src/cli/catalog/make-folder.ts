/** Folders for journals. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../../std/durable-file-node.ts";

/** Names of files are nobody else's business. */
const FOLDER_MODE = 0o700;

/** Makes the folder at `path` and those above it that are missing, durably and for their owner only. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) {
    return;
  }
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}
