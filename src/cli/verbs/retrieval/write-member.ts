/** A file that was taken out of a pack, in its place. */
import { constants, open, rename, rm } from "node:fs/promises";
import { partialPaths } from "../../../client/transfer/partial-file.ts";
import { syncFolder } from "../../../std/durable-file-node.ts";
import type { Destination } from "./deliver-output.ts";

/** Who made the pack may not make programs that run as somebody else. */
const PERMISSION_BITS = 0o777;

/**
 * Writes the file with its time and permissions: temporary name → fsync → rename → fsync of the folder.
 * A crash leaves `.NAME.moraine-plain`, which the next run replaces. Throws the file system's error.
 */
export async function writeMember(
  { folder, name }: Destination,
  content: {
    readonly bytes: Uint8Array;
    readonly modifiedAtMs: number | undefined;
    readonly mode: number;
  },
): Promise<void> {
  const { plain } = partialPaths({ folder, name });
  const { bytes, modifiedAtMs, mode } = content;
  await rm(plain, { force: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(plain, flags, 0o600);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode & PERMISSION_BITS);
    if (modifiedAtMs !== undefined) {
      await file.utimes(modifiedAtMs / 1000, modifiedAtMs / 1000);
    }
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(plain, { force: true });
    throw error;
  }
  await file.close();
  await rename(plain, `${folder}/${name}`);
  await syncFolder(folder);
}
