/** One range of a job's output: fetched, hashed while it flows, and compared with what the service says. */
import { type ByteRange, formatInclusiveRange, rangeLength } from "../../domain/byte-range.ts";
import type { CallResult } from "../call-types.ts";
import type { GlacierClient } from "../client.ts";
import { GlacierServiceError, TransportError } from "../errors.ts";
import { createStreamingHash } from "../streaming-hash.ts";
import { DamagedOutputError, OutputExpiredError } from "./download-errors.ts";
import type { Slots } from "./slots.ts";
import type { Throttle } from "./throttle.ts";

/** Where bytes come from; its archive, or the part of it that was retrieved, is `sizeBytes` long. */
export interface OutputSource {
  readonly call: GlacierClient["call"];
  readonly accountId: string;
  readonly vaultName: string;
  readonly jobId: string;
  readonly sizeBytes: number;
}

/** What all downloads of a command share. */
export interface TransferContext {
  readonly slots: Slots;
  readonly throttle: Throttle;
  readonly signal: AbortSignal;
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface RangeSink {
  /** Takes bytes that lie `offset` bytes from the start of the range; the chunk may be kept. */
  write(chunk: Uint8Array, offset: number): Promise<void>;
  /** Told how many more bytes have come; fewer when some are thrown away. */
  progress(bytes: number): void;
}

export interface FetchedRange {
  /** Of the bytes that came, 64 lower-case hex digits. */
  readonly treeHash: string;
  /** Whether the service stated the same; other servers than Moraine may state none. */
  readonly isVerified: boolean;
  /** Of the archive; absent when it has none, and for inventories. */
  readonly archiveDescription: string | undefined;
  /** How often a broken connection made it start again. */
  readonly retries: number;
}

/** Each is many attempts of the client before any byte came, or one after. */
const BREAKS_MAX = 8;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Fetches `range` into `sink`, again over a new connection when one breaks, and once more when its tree
 * hash is not the stated one. Throws `DamagedOutputError` when it is wrong twice, `OutputExpiredError`,
 * and what `call` throws. On a throw the sink may have taken any of the bytes.
 */
export async function fetchRange(
  source: OutputSource,
  range: ByteRange,
  sink: RangeSink,
  context: TransferContext,
): Promise<FetchedRange> {
  let breaks = 0;
  for (let damages = 0; ; ) {
    context.signal.throwIfAborted();
    const attempt = await fetchOnce(source, range, sink, context);
    if (attempt.kind === "fetched") {
      return { ...attempt, retries: breaks };
    }
    if (attempt.kind === "damaged") {
      damages += 1;
      if (damages > 1) {
        const where = `bytes ${formatInclusiveRange(range)} of job ${source.jobId}`;
        throw new DamagedOutputError(`${where} are damaged, twice: ${attempt.reason}`);
      }
      continue;
    }
    breaks += 1;
    if (breaks > BREAKS_MAX) {
      throw attempt.error;
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, context.random() * 500 * 2 ** (breaks - 1));
    await context.sleep(pauseMs, context.signal);
  }
}

type Attempt =
  | ({ readonly kind: "fetched" } & Omit<FetchedRange, "retries">)
  | { readonly kind: "damaged"; readonly reason: string }
  | { readonly kind: "broken"; readonly error: unknown };

async function fetchOnce(
  source: OutputSource,
  range: ByteRange,
  sink: RangeSink,
  context: TransferContext,
): Promise<Attempt> {
  let receivedBytes = 0;
  const failed = (attempt: Attempt): Attempt => {
    sink.progress(-receivedBytes);
    return attempt;
  };
  try {
    const { output } = await askForRange(source, range, context.signal);
    const hash = createStreamingHash();
    for await (const chunk of output.body.bytes) {
      context.signal.throwIfAborted();
      if (receivedBytes + chunk.length > rangeLength(range)) {
        return failed({ kind: "damaged", reason: "more bytes came than were asked for" });
      }
      await context.throttle.take(chunk.length, context.signal);
      hash.update(chunk);
      await sink.write(chunk, receivedBytes);
      receivedBytes += chunk.length;
      sink.progress(chunk.length);
    }
    if (receivedBytes < rangeLength(range)) {
      return failed({ kind: "damaged", reason: `only ${receivedBytes} bytes came` });
    }
    const { treeHash } = hash.digest();
    const { checksum, archiveDescription } = output;
    if (checksum !== undefined && checksum.toLowerCase() !== treeHash) {
      const reason = `their tree hash is ${treeHash}, the service states ${checksum}`;
      return failed({ kind: "damaged", reason });
    }
    return { kind: "fetched", treeHash, isVerified: checksum !== undefined, archiveDescription };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof TransportError && error.failure !== "not-the-api") {
      return failed({ kind: "broken", error });
    }
    throw error;
  }
}

/** A whole output is asked for without a range, which every server understands. */
async function askForRange(
  source: OutputSource,
  range: ByteRange,
  signal: AbortSignal,
): Promise<CallResult<"GetJobOutput">> {
  const { call, accountId, vaultName, jobId, sizeBytes } = source;
  const isWhole = range.start === 0 && range.endExclusive === sizeBytes;
  const asked = isWhole ? {} : { range: `bytes=${formatInclusiveRange(range)}` };
  let result: CallResult<"GetJobOutput">;
  try {
    result = await call("GetJobOutput", { accountId, vaultName, jobId, ...asked }, { signal });
  } catch (error) {
    if (error instanceof GlacierServiceError && error.code === "ResourceNotFoundException") {
      const message = `the output of job ${jobId} has expired`;
      throw new OutputExpiredError(message, { cause: error });
    }
    throw error;
  }
  const { contentRange, body } = result.output;
  if (!isWhole && contentRange !== `bytes ${formatInclusiveRange(range)}/${sizeBytes}`) {
    body.cancel();
    const wanted = `bytes ${formatInclusiveRange(range)}/${sizeBytes}`;
    throw new TransportError(
      "not-the-api",
      `the service was asked for "${wanted}" of job ${jobId}, and answered with ` +
        `"${contentRange ?? "no Content-Range"}"`,
    );
  }
  return result;
}
