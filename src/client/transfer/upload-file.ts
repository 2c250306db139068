/** Files as archives, in one request or in parts, which may have been sent in part before. */
import type { ByteRange } from "../../domain/byte-range.ts";
import { treeHashOfNodes } from "../../domain/tree-hash.ts";
import { concatBytes, findHexBytes } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";
import {
  checkUnchanged,
  type FileSource,
  type FileStamp,
  hashFile,
  loadFile,
} from "../hash-source.ts";
import { countParts, partRange } from "./part-plan.ts";
import { runParts } from "./run-parts.ts";
import {
  completeUpload,
  type StoredUpload,
  sendPart,
  sendWhole,
  type UploadedArchive,
  type UploadObserver,
  type UploadTarget,
} from "./upload-target.ts";

/** A regular file in the state that is to be stored. */
export interface LocalFile {
  readonly path: string;
  readonly stamp: FileStamp;
}

/** Parts of an upload are not those of the file that is to continue it. */
export class UploadMismatchError extends Error {
  override readonly name = "UploadMismatchError";
}

/**
 * Stores the file in one request. Throws `SourceChangedError` when it changes before the last byte is sent,
 * after which nothing is stored, and what calls throw.
 */
export async function uploadWholeFile(
  target: UploadTarget,
  { file, description }: { readonly file: LocalFile; readonly description: string },
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const range = { start: 0, endExclusive: file.stamp.sizeBytes };
  return await target.slots.run(
    async () =>
      await withSource(target, { file, range }, async (source) => {
        return await sendWhole(target, { source, description }, observer);
      }),
  );
}

/**
 * Sends those parts of the file that the service lacks, and makes the archive. What `stored` lists is read
 * here and compared by tree hash first. Throws `UploadMismatchError` when one differs, before anything is
 * sent; `SourceChangedError` when the file changes, after which the upload is to be aborted; and what calls
 * throw. It leaves an upload that can be continued.
 */
export async function uploadFileInParts(
  target: UploadTarget,
  upload: {
    readonly file: LocalFile;
    readonly uploadId: string;
    readonly partSizeBytes: number;
    readonly stored?: StoredUpload;
    /** Called when all that is stored was compared; nothing is sent before it resolves. */
    readonly onCompared?: () => Promise<void>;
  },
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const { file, uploadId, partSizeBytes, stored, onCompared } = upload;
  const { sizeBytes } = file.stamp;
  const cut = { sizeBytes, partSizeBytes };
  const hashes = new Array<string | undefined>(countParts(sizeBytes, partSizeBytes));
  if (stored !== undefined) {
    await compareParts(target, { file, cut, stored, hashes }, observer);
  }
  await onCompared?.();
  const missing = [...hashes.keys()].filter((index) => hashes[index] === undefined);
  await runParts(missing, target, async (index, signal) => {
    const range = partRange(index, cut);
    await withSource(target, { file, range }, async (source) => {
      await sendPart(target, { uploadId, source, start: range.start, signal }, observer);
      hashes[index] = source.treeHash;
    });
  });
  await checkUnchanged(file.path, file.stamp);
  return await completeUpload(target, { uploadId, sizeBytes, treeHash: combineHashes(hashes) });
}

/** The tree hash of the file. Throws `SourceChangedError` when it changes meanwhile. */
export async function hashLocalFile(target: UploadTarget, file: LocalFile): Promise<string> {
  const { treeHash } = await target.slots.run(
    async () => await hashFile(file.path, { stamp: file.stamp }),
  );
  return treeHash;
}

/** The tree hash of the whole from those of its parts, all full but the last (contract §3.2). */
export function combineHashes(hashes: readonly (string | undefined)[]): string {
  const nodes = hashes.map((hash = "") => findHexBytes(hash) ?? new Uint8Array());
  return treeHashOfNodes(concatBytes(nodes), sha256);
}

interface Comparison {
  readonly file: LocalFile;
  readonly cut: { readonly sizeBytes: number; readonly partSizeBytes: number };
  readonly stored: StoredUpload;
  /** Filled with the hashes of the parts that are the same. */
  readonly hashes: (string | undefined)[];
}

async function compareParts(
  target: UploadTarget,
  { file, cut, stored, hashes }: Comparison,
  observer: UploadObserver,
): Promise<void> {
  const differs = (what: string) =>
    new UploadMismatchError(`${file.path} is not the file of the unfinished upload: ${what}`);
  if (stored.partSizeBytes !== cut.partSizeBytes) {
    throw differs(`its parts have ${stored.partSizeBytes} bytes, not ${cut.partSizeBytes}`);
  }
  for (const { start, endExclusive } of stored.parts) {
    const expected = partRange(start / cut.partSizeBytes, cut);
    if (endExclusive !== expected.endExclusive) {
      throw differs(
        `it has bytes ${start} to ${endExclusive} as a part, the file has ${cut.sizeBytes} bytes`,
      );
    }
  }
  await runParts(stored.parts, target, async ({ start, endExclusive, treeHash }) => {
    const { path, stamp } = file;
    const local = await hashFile(path, { start, endExclusive, stamp });
    if (local.treeHash !== treeHash) {
      throw differs(`bytes ${start} to ${endExclusive} have another tree hash`);
    }
    hashes[start / cut.partSizeBytes] = treeHash;
    observer.onSent(endExclusive - start);
  });
  observer.onResumed({ partCount: stored.parts.length, ofParts: hashes.length });
}

/** Reads the range once where memory allows, else twice: to hash it, and each time it is sent. */
async function withSource<Result>(
  { memory }: UploadTarget,
  { file, range }: { readonly file: LocalFile; readonly range: ByteRange },
  use: (source: FileSource) => Promise<Result>,
): Promise<Result> {
  const { path, stamp } = file;
  const piece = memory.acquire(range.endExclusive - range.start);
  if (piece === undefined) {
    return await use(await hashFile(path, { ...range, stamp }));
  }
  try {
    const result = await use(await loadFile(path, { ...range, stamp }, piece));
    memory.release(piece);
    return result;
  } catch (error) {
    memory.discard(piece);
    throw error;
  }
}
