/**
 * The output of a job in a file: ranges in parallel, each compared with the tree hash that the service
 * states for it, and all of them with the archive's. The target has its name only when everything is
 * right and durable: temporary file → fsync → rename → fsync of the folder.
 */
import type { FileHandle } from "node:fs/promises";
import { type ByteRange, rangeLength } from "../../domain/byte-range.ts";
import { treeHashOfNodes } from "../../domain/tree-hash.ts";
import { concatBytes, findHexBytes } from "../../std/bytes.ts";
import { syncFolder } from "../../std/durable-file-node.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { DamagedOutputError } from "./download-errors.ts";
import { chooseRangeSize, listRanges } from "./download-ranges.ts";
import { fetchRange, type OutputSource, type TransferContext } from "./fetch-range.ts";
import {
  type DownloadTarget,
  openPartialFile,
  type PartialFile,
  type PublishedFile,
  type RangeRecord,
} from "./partial-file.ts";

export interface DownloadRequest {
  readonly source: OutputSource;
  readonly archiveId: string;
  /** The first byte of the archive that was retrieved; 0 but for retrievals of a part. */
  readonly firstByte?: number;
  /** Of the whole output; `undefined` when nobody knows it, as for inventories. */
  readonly treeHash: string | undefined;
  readonly target: DownloadTarget;
  /** Told of bytes as they come; fewer when some are thrown away. */
  readonly onProgress?: (bytes: number) => void;
  /** Sets times and permissions of the finished file before it gets its name. */
  readonly finish?: (file: FileHandle, details: DownloadDetails) => Promise<void>;
  /**
   * Says which file gets which name; by default the verified one at `part` that of the target. What it makes
   * of that file has to be durable. What it throws is thrown, and the verified file stays for the next run.
   */
  readonly publishAs?: (part: string, details: DownloadDetails) => Promise<PublishedFile>;
}

export interface DownloadDetails {
  readonly treeHash: string;
  /** The archive's description; absent when it has none or when nothing had to be fetched. */
  readonly archiveDescription: string | undefined;
  /** Bytes that an earlier run had left. */
  readonly resumedBytes: number;
}

export interface FinishedDownload extends DownloadDetails {
  readonly path: string;
  /** How often a broken connection made a range start again. */
  readonly retries: number;
}

/**
 * Downloads into `request.target`. Memory is constant: a hash for each range, and what is on its way.
 * Throws `DamagedOutputError` (nothing is left), `OutputExpiredError`, `TargetBusyError`, what `call`
 * throws and errors of the file system; then the ranges that were right are kept for the next run.
 */
export async function downloadOutput(
  request: DownloadRequest,
  context: TransferContext,
): Promise<FinishedDownload> {
  const { source, archiveId, firstByte = 0, treeHash, target } = request;
  const { sizeBytes } = source;
  const rangeSizeBytes = chooseRangeSize(sizeBytes);
  const content = { archiveId, sizeBytes, treeHash, firstByte, rangeSizeBytes };
  const partial = await openPartialFile(target, content);
  let isOpen = true;
  try {
    const finished = await fillAndCheck(request, partial, context);
    await request.finish?.(partial.file, finished);
    await partial.file.sync();
    const { path } = partial;
    const published = (await request.publishAs?.(path, finished)) ?? { path, name: target.name };
    context.signal.throwIfAborted();
    isOpen = false;
    await partial.publish(published);
    await syncFolder(target.folder);
    return { ...finished, path: `${target.folder}/${published.name}` };
  } catch (error) {
    if (isOpen) {
      await (error instanceof DamagedOutputError ? partial.discard() : partial.keep());
    }
    throw error;
  }
}

type Filled = Omit<FinishedDownload, "path">;

/** Where the service states no hashes of ranges, only the whole shows damage: it is fetched once more. */
async function fillAndCheck(
  request: DownloadRequest,
  partial: PartialFile,
  context: TransferContext,
): Promise<Filled> {
  const { source, treeHash } = request;
  const filled = await fill(request, partial, { kept: partial.kept, context });
  if (treeHash === undefined || treeHash === filled.treeHash) {
    return filled;
  }
  request.onProgress?.(-source.sizeBytes);
  const again = await fill(request, partial, { kept: [], context });
  if (treeHash !== again.treeHash) {
    throw new DamagedOutputError(
      `the tree hash of job ${source.jobId}'s output is ${again.treeHash}, twice; ` +
        `the archive's is ${treeHash}`,
    );
  }
  return again;
}

async function fill(
  request: DownloadRequest,
  partial: PartialFile,
  { kept, context }: { readonly kept: readonly RangeRecord[]; readonly context: TransferContext },
): Promise<Filled> {
  const { source, onProgress = () => undefined } = request;
  const ranges = listRanges(source.sizeBytes, chooseRangeSize(source.sizeBytes));
  const hashes = new Map(kept.map(({ start, treeHash }) => [start, treeHash]));
  const resumedBytes = kept.reduce((sum, range) => sum + rangeLength(range), 0);
  onProgress(resumedBytes);
  let archiveDescription: string | undefined;
  let retries = 0;
  const fetchInto = async (range: ByteRange) => {
    const write = (chunk: Uint8Array, offset: number) =>
      writeAll(partial.file, chunk, range.start + offset);
    const fetched = await fetchRange(source, range, { write, progress: onProgress }, context);
    await partial.record({ ...range, ...fetched });
    hashes.set(range.start, fetched.treeHash);
    archiveDescription ??= fetched.archiveDescription;
    retries += fetched.retries;
  };
  await runAll(
    ranges.filter(({ start }) => !hashes.has(start)),
    { run: fetchInto, context },
  );
  const nodes = ranges.map(
    ({ start }) => findHexBytes(hashes.get(start) ?? "") ?? new Uint8Array(),
  );
  const treeHash = treeHashOfNodes(
    nodes.length === 0 ? sha256(new Uint8Array()) : concatBytes(nodes),
    sha256,
  );
  return { treeHash, archiveDescription, resumedBytes, retries };
}

/** Runs as many as there are slots; after a failure none is begun, and those under way are waited for. */
async function runAll(
  ranges: readonly ByteRange[],
  work: {
    readonly run: (range: ByteRange) => Promise<void>;
    readonly context: TransferContext;
  },
): Promise<void> {
  const { slots } = work.context;
  const failures: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  for (const range of ranges) {
    // Not all of a large file's ranges wait in line at once.
    await slots.free();
    if (failures.length > 0) {
      break;
    }
    const running: Promise<void> = slots
      .run(async () => {
        if (failures.length === 0) {
          await work.run(range);
        }
      })
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(running));
    underWay.add(running);
  }
  await Promise.all(underWay);
  if (failures.length > 0) {
    throw failures.find((failure) => failure instanceof DamagedOutputError) ?? failures[0];
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await file.write(
      chunk,
      offset,
      chunk.length - offset,
      position + offset,
    );
    offset += bytesWritten;
  }
}
