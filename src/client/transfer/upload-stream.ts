/** Bytes of unknown length, which can be read only once, as an archive. */
import { PARTS_MAX } from "../../domain/limits.ts";
import { ClientInputError } from "../errors.ts";
import type { HashedSource } from "../hash-source.ts";
import { openPartSpool, type PartSpool } from "./part-spool.ts";
import { runParts } from "./run-parts.ts";
import { combineHashes } from "./upload-file.ts";
import {
  completeUpload,
  sendPart,
  sendWhole,
  startUpload,
  type UploadedArchive,
  type UploadObserver,
  type UploadTarget,
} from "./upload-target.ts";

export interface StreamUpload {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly description: string;
  /** What fits into one part is sent in one request. */
  readonly partSizeBytes: number;
  /** 10 000 unless given. */
  readonly partsMax?: number;
  /** Called with the id of a multipart upload; no part is sent before it resolves. */
  onStarted(uploadId: string): Promise<void>;
}

/**
 * Stores all bytes. Throws `ClientInputError` for none, and before more than 10 000 parts would be sent;
 * what `bytes` throws; and what calls throw. Nothing is stored then, but a multipart upload that
 * `onStarted` was told of stays open: abort it.
 */
export async function uploadStream(
  target: UploadTarget,
  upload: StreamUpload,
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const { partSizeBytes, description, partsMax = PARTS_MAX } = upload;
  const spools = fillSpools(upload.bytes, { ...target, partSizeBytes, partsMax });
  try {
    const first = await spools.next();
    if (first.done) {
      throw new ClientInputError("an archive has at least 1 byte, and the input is empty");
    }
    if (first.value.isLast) {
      const { spool } = first.value;
      const source = spool.finish();
      return await target.slots.run(
        async () =>
          await closeAfter(spool, async () => {
            return await sendWhole(target, { source, description }, observer);
          }),
      );
    }
    return await sendSpools(target, { ...upload, first: first.value, rest: spools }, observer);
  } finally {
    await spools.return(undefined);
  }
}

interface FilledSpool {
  readonly index: number;
  readonly spool: PartSpool;
  readonly isLast: boolean;
}

async function sendSpools(
  target: UploadTarget,
  upload: StreamUpload & {
    readonly first: FilledSpool;
    readonly rest: AsyncIterable<FilledSpool>;
  },
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const { first, rest, description, partSizeBytes } = upload;
  const hashes: string[] = [];
  let sizeBytes = 0;
  const waiting = new Set([first.spool]);
  try {
    const uploadId = await startUpload(target, { description, partSizeBytes });
    await upload.onStarted(uploadId);
    const filled = noteWaiting(startWith(first, rest), waiting);
    await runParts(filled, target, async ({ index, spool }, signal) => {
      waiting.delete(spool);
      const source: HashedSource = spool.finish();
      hashes[index] = source.treeHash;
      sizeBytes += source.sizeBytes;
      const start = index * partSizeBytes;
      await closeAfter(spool, async () => {
        await sendPart(target, { uploadId, source, start, signal }, observer);
      });
    });
    return await completeUpload(target, { uploadId, sizeBytes, treeHash: combineHashes(hashes) });
  } finally {
    // After a failure there are parts that nobody began to send.
    await Promise.all([...waiting].map((spool) => spool.close(true)));
  }
}

async function* startWith<Item>(first: Item, rest: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield first;
  yield* rest;
}

async function* noteWaiting(
  filled: AsyncIterable<FilledSpool>,
  waiting: Set<PartSpool>,
): AsyncGenerator<FilledSpool> {
  for await (const item of filled) {
    waiting.add(item.spool);
    yield item;
  }
}

/** Full parts, the last one perhaps shorter; whoever takes one closes it. */
async function* fillSpools(
  bytes: AsyncIterable<Uint8Array>,
  context: Pick<UploadTarget, "memory" | "signal"> &
    Required<Pick<StreamUpload, "partSizeBytes" | "partsMax">>,
): AsyncGenerator<FilledSpool, void, void> {
  const { memory, signal, partSizeBytes } = context;
  let index = 0;
  let spool: PartSpool | undefined;
  try {
    for await (const chunk of untilAborted(bytes, signal)) {
      for (let rest = chunk; rest.length > 0; ) {
        if (spool?.sizeBytes === partSizeBytes) {
          const full: FilledSpool = { index, spool, isLast: false };
          spool = undefined;
          yield full;
          index += 1;
          checkPartCount(index, context);
        }
        spool ??= await openPartSpool(memory, partSizeBytes);
        const piece = rest.subarray(0, partSizeBytes - spool.sizeBytes);
        await spool.write(piece);
        rest = rest.subarray(piece.length);
      }
    }
    if (spool !== undefined) {
      const last: FilledSpool = { index, spool, isLast: true };
      spool = undefined;
      yield last;
    }
  } finally {
    await spool?.close(true);
  }
}

function checkPartCount(
  index: number,
  { partSizeBytes, partsMax }: Required<Pick<StreamUpload, "partSizeBytes" | "partsMax">>,
): void {
  if (index >= partsMax) {
    throw new ClientInputError(
      `the input is longer than ${partsMax} parts of ${partSizeBytes} bytes: begin again with its ` +
        "expected size (--expect-size), so that the parts are made larger",
    );
  }
}

async function closeAfter<Result>(spool: PartSpool, work: () => Promise<Result>): Promise<Result> {
  let isSent = false;
  try {
    const result = await work();
    isSent = true;
    return result;
  } finally {
    await spool.close(isSent);
  }
}

/** The next bytes may never come; the signal ends the wait for them. */
async function* untilAborted(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  signal.throwIfAborted();
  let giveUp: (reason: unknown) => void = () => undefined;
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener("abort", onAbort);
  const chunks = bytes[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      // A race with one promise for all chunks would keep a reaction of each.
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        giveUp = reject;
        chunks.next().then(resolve, reject);
      });
      if (next.done) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (!isOver) {
      const ended = Promise.resolve(chunks.return?.()).catch(() => undefined);
      // A source that waits for input ends only with it; after an abort nobody waits for that.
      await (signal.aborted ? undefined : ended);
    }
  }
}
