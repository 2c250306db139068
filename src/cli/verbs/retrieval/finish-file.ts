/** Times and permissions of a downloaded file, from the archive's description. */
import type { FileHandle } from "node:fs/promises";
import { decodeDescription } from "../../../domain/descriptions/decode-description.ts";

/** Who made the description may not make programs that run as somebody else. */
const PERMISSION_BITS = 0o777;

export interface FileFacts {
  /** As the catalogue knows it, epoch milliseconds; else the description's is taken. */
  readonly modifiedAtMs: number | undefined;
  readonly archiveDescription: string | undefined;
}

/** Gives the file the modification time and mode that are known; else the mode of any new file. */
export async function finishFile(file: FileHandle, facts: FileFacts): Promise<void> {
  const decoded = decodeDescription(facts.archiveDescription);
  const modifiedAtMs = facts.modifiedAtMs ?? decoded.modifiedAtMs;
  const mode =
    decoded.mode === undefined ? 0o666 & ~process.umask() : decoded.mode & PERMISSION_BITS;
  await file.chmod(mode);
  if (modifiedAtMs !== undefined) {
    await file.utimes(modifiedAtMs / 1000, modifiedAtMs / 1000);
  }
}
