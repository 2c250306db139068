/** The file of `get-job-output`. */
import { randomUUID } from "node:crypto";
import { open, realpath, rename, stat, unlink } from "node:fs/promises";

/**
 * Writes the bytes to `path`, in constant memory. A regular file is written under a name of its own beside
 * it and renamed when it is whole: a crash before that leaves `path` as it was, and a file ending in
 * `.partial`; an error leaves nothing. What is no regular file, such as `/dev/stdout`, is written to
 * directly. Throws what the bytes throw, and errors of the file system.
 */
export async function saveBody(bytes: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const found = await findFile(path);
  if (found !== undefined && !found.isRegular) {
    await writeAll(bytes, { path, flags: "w", sync: false });
    return;
  }
  const target = found?.path ?? path;
  const partial = `${target}.${randomUUID()}.partial`;
  try {
    await writeAll(bytes, { path: partial, flags: "wx", sync: true, mode: found?.mode });
    await rename(partial, target);
  } catch (error) {
    await unlink(partial).catch(ignoreMissing);
    throw error;
  }
}

async function findFile(path: string) {
  try {
    const resolved = await realpath(path);
    const found = await stat(resolved);
    return { path: resolved, isRegular: found.isFile(), mode: found.mode };
  } catch (error) {
    ignoreMissing(error);
    return undefined;
  }
}

async function writeAll(
  bytes: AsyncIterable<Uint8Array>,
  file: {
    readonly path: string;
    readonly flags: string;
    readonly sync: boolean;
    readonly mode?: number | undefined;
  },
): Promise<void> {
  const handle = await open(file.path, file.flags, file.mode);
  try {
    for await (const chunk of bytes) {
      await writeChunk(handle, chunk);
    }
    if (file.sync) {
      await handle.sync();
    }
  } finally {
    await handle.close();
  }
}

/** One write may take a part of the chunk only, as on a pipe. */
async function writeChunk(
  handle: Awaited<ReturnType<typeof open>>,
  chunk: Uint8Array,
): Promise<void> {
  let rest = chunk;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
    throw error;
  }
}
