/** Streams a range of a stored blob: of a plain one through three reused buffers. */
import { type ByteRange, rangeLength } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import type { FileRange } from "../../std/file-range.ts";
import { type BlobEncryption, readForm, type StoredForm } from "./blob-cipher.ts";
import { readFailure, truncatedFile } from "./blob-errors.ts";
import type { BlobWorkers } from "./blob-workers.ts";
import type { Files, OpenFile } from "./files.ts";
import { READ_BUFFER_BYTES, type ReadBuffers } from "./read-buffers.ts";
import { readSealed } from "./read-sealed.ts";

/** Two that the consumer may still use (the port's validity rule) and one that is being filled. */
const BUFFER_COUNT = 3;
const NOTHING = new Uint8Array(0);

/** One range of one file. */
export interface BlobRange {
  readonly blobId: BlobId;
  readonly path: string;
  readonly files: Files;
  readonly range: ByteRange;
  readonly encryption: BlobEncryption | undefined;
  readonly workers: BlobWorkers;
  readonly buffers: ReadBuffers;
}

/** See `BlobStore.read`. The next buffer is filled while the consumer uses the current one. */
export async function* readBlob(wanted: BlobRange): AsyncGenerator<Uint8Array, void, void> {
  const { file, form } = await orDamage(wanted, openFile(wanted));
  try {
    yield* form.kind === "sealed"
      ? tellDamage(wanted, readSealed(file, form, wanted))
      : tellDamage(wanted, readChunks(file, wanted));
  } finally {
    await file.close();
  }
}

/** See `BlobStore.openFile`: `undefined` for an encrypted blob. */
export async function openPlainBlob(wanted: BlobRange): Promise<FileRange | undefined> {
  const { file, form } = await orDamage(wanted, openFile(wanted));
  if (form.kind === "sealed") {
    await file.close();
    return undefined;
  }
  const { start, endExclusive } = wanted.range;
  const readFrom = (from: number) =>
    tellDamage(wanted, readChunks(file, { ...wanted, range: { start: from, endExclusive } }));
  return {
    descriptor: file.fd,
    start,
    endExclusive,
    readFrom,
    close: () => file.close(),
  };
}

async function* tellDamage(
  { blobId }: BlobRange,
  chunks: AsyncGenerator<Uint8Array, void, void>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* chunks;
  } catch (error) {
    throw readFailure(blobId, error);
  }
}

/** Refuses a file that is too short at once, before the first byte is served. */
async function openFile({
  blobId,
  path,
  files,
  range,
  encryption,
}: BlobRange): Promise<{ readonly file: OpenFile; readonly form: StoredForm }> {
  const file = await files.open(path, "r");
  try {
    const form = await readForm(file, blobId, encryption);
    if (form.kind === "plain" && form.fileBytes < range.endExclusive) {
      throw truncatedFile(`${path} has ${form.fileBytes} bytes; ${range.endExclusive} are needed`);
    }
    return { file, form };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * An empty chunk comes last: whoever asks for what follows it has let go of all others, and their buffers are
 * free. Of a read that ends early this is not known, so its buffers are left to the garbage collector.
 */
async function* readChunks(
  file: OpenFile,
  { range, buffers: pool }: BlobRange,
): AsyncGenerator<Uint8Array, void, void> {
  const length = rangeLength(range);
  const count = Math.ceil(length / READ_BUFFER_BYTES);
  const buffers = Array.from({ length: Math.min(count, BUFFER_COUNT) }, (_, index) =>
    pool.take(Math.min(READ_BUFFER_BYTES, length - index * READ_BUFFER_BYTES)),
  );
  const readChunk = (index: number): Promise<Uint8Array> | undefined => {
    const buffer = buffers[index % BUFFER_COUNT];
    if (index >= count || buffer === undefined) {
      return undefined;
    }
    const offset = index * READ_BUFFER_BYTES;
    const target = buffer.subarray(0, Math.min(READ_BUFFER_BYTES, length - offset));
    const read = readFully(file, target, range.start + offset);
    // A consumer that stops early never asks for this chunk; its failure is then of no interest.
    read.catch(() => undefined);
    return read;
  };
  let ahead = readChunk(0);
  for (let index = 1; ahead !== undefined; index += 1) {
    const chunk = await ahead;
    ahead = readChunk(index);
    yield chunk;
  }
  yield NOTHING;
  pool.give(buffers);
}

async function readFully(
  file: OpenFile,
  target: Uint8Array,
  position: number,
): Promise<Uint8Array> {
  let filled = 0;
  while (filled < target.length) {
    const left = target.length - filled;
    const { bytesRead } = await file.read(target, filled, left, position + filled);
    if (bytesRead === 0) {
      throw truncatedFile(`the file ends at ${position + filled}, ${left} bytes too early`);
    }
    filled += bytesRead;
  }
  return target;
}

async function orDamage<Result>({ blobId }: BlobRange, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw readFailure(blobId, error);
  }
}
