/** One file of the audit log: the lines of a day of UTC, only ever appended to. */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../../std/durable-file-node.ts";

const LINE_FEED = 0x0a;

export interface DayFile {
  /** `2014-12-10`. */
  readonly day: string;
  /**
   * Appends whole lines, and with `sync` makes them and all before them survive a power cut. A failure
   * leaves what was there before, or else the next call begins a new line. Throws the file system's error.
   */
  append(lines: string, options: { readonly sync: boolean }): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens or makes `<folder>/<day>.jsonl`, mode 0600. What a crash left of a last line stays, on a line of its
 * own. Throws the file system's error.
 */
export async function openDayFile(folder: string, day: string): Promise<DayFile> {
  const file = await open(join(folder, `${day}.jsonl`), "a+", 0o600);
  try {
    const { size } = await file.stat();
    if (size === 0) {
      await file.chmod(0o600);
      // The entry in the folder is as durable as the lines are going to be.
      await syncFolder(folder);
    }
    return createDayFile(file, { day, size, isTorn: await endsTorn(file, size) });
  } catch (error) {
    await file.close();
    throw error;
  }
}

function createDayFile(
  file: FileHandle,
  start: { readonly day: string; readonly size: number; readonly isTorn: boolean },
): DayFile {
  let { size, isTorn } = start;
  return {
    day: start.day,
    append: async (lines, { sync }) => {
      const bytes = Buffer.from(isTorn ? `\n${lines}` : lines);
      try {
        await file.appendFile(bytes);
        if (sync) {
          await file.datasync();
        }
      } catch (error) {
        // A full disk takes the front of a write: that part goes again, or the next line starts afresh.
        isTorn = await file.truncate(size).then(
          () => isTorn,
          () => true,
        );
        throw error;
      }
      isTorn = false;
      size += bytes.length;
    },
    close: () => file.close(),
  };
}

async function endsTorn(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) {
    return false;
  }
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== LINE_FEED;
}
