/** The output of a job as a stream in order, of which nothing is given out before it is verified. */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ByteRange, rangeLength } from "../../domain/byte-range.ts";
import { createStreamingHash } from "../streaming-hash.ts";
import { DamagedOutputError } from "./download-errors.ts";
import { downloadOutput } from "./download-output.ts";
import { listRanges, RANGE_MIN_BYTES } from "./download-ranges.ts";
import { fetchRange, type OutputSource, type TransferContext } from "./fetch-range.ts";

export interface StreamRequest {
  readonly source: OutputSource;
  readonly archiveId: string;
  /** Of the whole output; `undefined` when nobody knows it. */
  readonly treeHash: string | undefined;
  readonly onProgress?: (bytes: number) => void;
}

const READ_BYTES = 256 * 1024;

/**
 * Yields the bytes in order, a range of 4 MiB at a time, each after its tree hash was compared with the
 * stated one. When the service states none, the whole is verified in a temporary file first. The next
 * range is fetched while one is consumed, so two are in memory. Throws as `downloadOutput` does; a
 * `DamagedOutputError` then comes before any byte of the damaged range was given out.
 */
export async function* streamOutput(
  request: StreamRequest,
  context: TransferContext,
): AsyncGenerator<Uint8Array, void> {
  const { source, treeHash } = request;
  const ranges = listRanges(source.sizeBytes, RANGE_MIN_BYTES);
  const whole = createStreamingHash();
  let ahead = fetchAhead(request, ranges[0], context);
  for (const [index] of ranges.entries()) {
    const fetched = await ahead;
    const isKnown = fetched?.isVerified || (ranges.length === 1 && treeHash !== undefined);
    if (fetched === undefined || (!isKnown && treeHash !== undefined)) {
      request.onProgress?.(-(fetched?.bytes.length ?? 0));
      yield* streamVerifiedCopy(request, { skipBytes: index * RANGE_MIN_BYTES, context });
      return;
    }
    whole.update(fetched.bytes);
    const isLast = index === ranges.length - 1;
    if (isLast && treeHash !== undefined && whole.digest().treeHash !== treeHash) {
      throw new DamagedOutputError(
        `the output of job ${source.jobId} has not the archive's tree hash ${treeHash}`,
      );
    }
    ahead = fetchAhead(request, ranges[index + 1], context);
    yield fetched.bytes;
  }
}

interface FetchedBytes {
  readonly bytes: Uint8Array;
  readonly isVerified: boolean;
}

function fetchAhead(
  { source, onProgress = () => undefined }: StreamRequest,
  range: ByteRange | undefined,
  context: TransferContext,
): Promise<FetchedBytes | undefined> {
  if (range === undefined) {
    return Promise.resolve(undefined);
  }
  const bytes = new Uint8Array(rangeLength(range));
  const write = async (chunk: Uint8Array, offset: number) => bytes.set(chunk, offset);
  const fetching = context.slots.run(async () => {
    const { isVerified } = await fetchRange(
      source,
      range,
      { write, progress: onProgress },
      context,
    );
    return { bytes, isVerified };
  });
  // Nobody may be waiting when it fails; who comes later sees the failure all the same.
  fetching.catch(() => undefined);
  return fetching;
}

async function* streamVerifiedCopy(
  request: StreamRequest,
  { skipBytes, context }: { readonly skipBytes: number; readonly context: TransferContext },
): AsyncGenerator<Uint8Array, void> {
  const folder = await mkdtemp(join(tmpdir(), "moraine-output-"));
  try {
    const { path } = await downloadOutput(
      { ...request, target: { folder, name: "output" } },
      context,
    );
    const file = await open(path, "r");
    try {
      for (let position = skipBytes; position < request.source.sizeBytes; ) {
        const buffer = Buffer.allocUnsafe(READ_BYTES);
        const { bytesRead } = await file.read(buffer, 0, READ_BYTES, position);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
