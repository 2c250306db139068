/** Small files that survive a power cut. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Puts `text` into the file at `path`, replacing what was there: temporary file, fsync, rename, fsync of
 * the folder. A crash leaves the old file or the new one, and at most `<path>.tmp`, which the next write
 * of the same file takes over. One writer at a time. Throws the file system's error.
 */
export async function writeFileDurably(path: string, text: string, mode: number): Promise<void> {
  const temporaryPath = `${path}.tmp`;
  // What a crash left goes first: opened anew, the file can't be a link that leads to another one.
  await rm(temporaryPath, { force: true });
  const file = await open(temporaryPath, "wx", mode);
  try {
    // The mode given to `open` is cut by the umask.
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporaryPath, path);
  await syncFolder(dirname(path));
}

/** Makes the entries of the folder at `path` durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
