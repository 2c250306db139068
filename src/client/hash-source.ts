/** Sources of uploads: files and bytes, hashed once, that can be read again for another attempt. */
import { type FileHandle, open } from "node:fs/promises";
import type { UploadSource } from "./call-types.ts";
import { ClientInputError, SourceChangedError } from "./errors.ts";
import { createStreamingHash } from "./streaming-hash.ts";

const READ_BYTES = 256 * 1024;

/** A source with both hashes. */
export interface HashedSource extends UploadSource {
  readonly treeHash: string;
}

/** What tells one state of a file from another. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly inode: bigint;
}

export interface FileSource extends HashedSource {
  /** Of the file when it was hashed. */
  readonly stamp: FileStamp;
}

export interface FileRange {
  /** Bytes `start` to `endExclusive`; the whole file by default. */
  readonly start?: number;
  readonly endExclusive?: number;
  /** The state that the file must be in, as when other parts of it were hashed before. */
  readonly stamp?: FileStamp;
}

/**
 * Reads the file, or a range of it, once and returns it as a source. Memory is constant. Throws
 * `SourceChangedError` naming the file when it changes meanwhile, `ClientInputError` for what is no
 * regular file or a range outside it, and errors of the file system. The source's `open` throws
 * `SourceChangedError` likewise for as long as it is used.
 */
export async function hashFile(path: string, range: FileRange = {}): Promise<FileSource> {
  const stamp = range.stamp ?? (await stampFile(path));
  const { start = 0, endExclusive = stamp.sizeBytes } = range;
  if (start < 0 || start > endExclusive || endExclusive > stamp.sizeBytes) {
    const rule = `must lie within its ${stamp.sizeBytes} bytes`;
    throw new ClientInputError(`the range ${start} to ${endExclusive} of ${path} ${rule}`);
  }
  const read = () => readFile(path, { start, endExclusive, stamp });
  const hash = createStreamingHash();
  for await (const chunk of read()) {
    hash.update(chunk);
  }
  return { ...hash.digest(), stamp, open: read };
}

/**
 * As `hashFile`, but the bytes are read once, into the beginning of `memory`, which must hold the range and
 * must not be changed for as long as the source is used.
 */
export async function loadFile(
  path: string,
  range: Required<FileRange>,
  memory: Uint8Array,
): Promise<FileSource> {
  const hash = createStreamingHash();
  let loadedBytes = 0;
  for await (const chunk of readFile(path, range)) {
    memory.set(chunk, loadedBytes);
    loadedBytes += chunk.length;
    hash.update(chunk);
  }
  const bytes = memory.subarray(0, loadedBytes);
  return { ...hash.digest(), stamp: range.stamp, open: () => yieldBytes(bytes) };
}

/** Bytes in memory as a source; they must not be changed afterwards. */
export function hashBytes(bytes: Uint8Array): HashedSource {
  const hash = createStreamingHash();
  hash.update(bytes);
  return { ...hash.digest(), open: () => yieldBytes(bytes) };
}

/** As `hashBytes`, of bytes in several pieces. */
export function hashChunks(chunks: readonly Uint8Array[]): HashedSource {
  const hash = createStreamingHash();
  for (const chunk of chunks) {
    hash.update(chunk);
  }
  async function* open() {
    for (const chunk of chunks) {
      yield* yieldBytes(chunk);
    }
  }
  return { ...hash.digest(), open };
}

/** The bytes of the file in that state; chunks and errors are those of `hashFile`'s source. */
export function readWholeFile(path: string, stamp: FileStamp): AsyncIterable<Uint8Array> {
  return readFile(path, { start: 0, endExclusive: stamp.sizeBytes, stamp });
}

/** The bytes in pieces of a size that suits a socket. */
export async function* yieldBytes(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let start = 0; start < bytes.length; start += READ_BYTES) {
    yield bytes.subarray(start, start + READ_BYTES);
  }
}

/** The present state of a regular file; throws `ClientInputError` for anything else. */
export async function stampFile(path: string): Promise<FileStamp> {
  const handle = await open(path, "r");
  try {
    return await stampOf(handle, path);
  } finally {
    await handle.close();
  }
}

async function stampOf(handle: FileHandle, path: string): Promise<FileStamp> {
  const stat = await handle.stat({ bigint: true });
  if (!stat.isFile()) {
    throw new ClientInputError(`${path} must be a regular file, so that it can be read again`);
  }
  return { sizeBytes: Number(stat.size), modifiedNs: stat.mtimeNs, inode: stat.ino };
}

async function* readFile(
  path: string,
  range: Required<FileRange>,
): AsyncGenerator<Uint8Array, void> {
  const handle = await open(path, "r");
  try {
    await checkStamp(handle, path, range.stamp);
    yield* readChunks(handle, path, range);
    await checkStamp(handle, path, range.stamp);
  } finally {
    await handle.close();
  }
}

/** Two buffers in turn: one is being sent while the other is filled. */
async function* readChunks(
  handle: FileHandle,
  path: string,
  { start, endExclusive }: Required<FileRange>,
): AsyncGenerator<Uint8Array, void> {
  let buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  let other = Buffer.allocUnsafeSlow(READ_BYTES);
  for (let position = start; position < endExclusive; ) {
    const wanted = Math.min(READ_BYTES, endExclusive - position);
    const { bytesRead } = await handle.read(buffer, 0, wanted, position);
    if (bytesRead === 0) {
      throw changed(path);
    }
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
    [buffer, other] = [other, buffer];
  }
}

/** Throws `SourceChangedError` unless the file at `path` is as it was. */
export async function checkUnchanged(path: string, stamp: FileStamp): Promise<void> {
  const handle = await open(path, "r");
  try {
    await checkStamp(handle, path, stamp);
  } finally {
    await handle.close();
  }
}

async function checkStamp(handle: FileHandle, path: string, stamp: FileStamp): Promise<void> {
  const now = await stampOf(handle, path);
  const same =
    now.sizeBytes === stamp.sizeBytes &&
    now.modifiedNs === stamp.modifiedNs &&
    now.inode === stamp.inode;
  if (!same) {
    throw changed(path);
  }
}

function changed(path: string): SourceChangedError {
  return new SourceChangedError(`${path} changed while it was being read`);
}
