/** What a blob worker does: hashes and writes the uploads assigned to it, re-hashes stored leaves, opens segments. */
import { LEAF_BYTES } from "../../domain/limits.ts";
import { findAccelerator } from "./accelerator.ts";
import { EarlySyncs } from "./early-syncs.ts";
import type { ThreadFiles } from "./files.ts";
import { PieceGatherer, PieceMemory } from "./piece-gatherer.ts";
import { SocketReceiver } from "./socket-receiver.ts";
import { hashLeavesOf } from "./worker-leaves.ts";
import {
  type FromWorker,
  factsOf,
  type LeafRequest,
  type SegmentRequest,
  type ToWorker,
  type WorkerStart,
} from "./worker-messages.ts";
import { hashSealedLeaves, readSegment } from "./worker-segments.ts";
import { PIECE_BYTES, WorkerUpload } from "./worker-upload.ts";

/** Connections of a worker whose reads are put together: 8 MiB for them all. */
const GATHERERS_MAX = 8;
/** What an upload is that was dropped before it could receive. */
const NO_UPLOAD = { pieceRoomBytes: PIECE_BYTES, failed: true, data: () => undefined } as const;

/** The side of the event loop, as a worker thread sees it. */
export interface LoopPort {
  on(event: "message", listener: (message: ToWorker) => void): unknown;
  /** What is in `transfer` changes hands: it is not copied. */
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
}

/** Answers every message that comes over `port` until the thread is ended. */
export function serveUploads(port: LoopPort, start: WorkerStart, files: ThreadFiles): void {
  const slots = new Uint8Array(start.memory);
  const tools = {
    files,
    accelerator: findAccelerator(start.accelerate),
    // Half of what all uploads are buffered in: 32 MiB by default.
    earlySyncs: new EarlySyncs(start.memory.byteLength / 2),
  };
  const uploads = new Map<number, WorkerUpload>();
  const receivers = new Map<number, SocketReceiver>();
  const memory = new PieceMemory(PIECE_BYTES, GATHERERS_MAX);
  const post = (message: FromWorker): void => port.postMessage(message, []);
  const forgetEnded = (task: number): void => {
    if (uploads.get(task)?.ended === true) {
      uploads.delete(task);
    }
  };
  port.on("message", (message: ToWorker) => {
    const { task } = message;
    switch (message.kind) {
      case "open":
        uploads.set(
          task,
          new WorkerUpload(tools, message, {
            answer: (answer) => post({ ...answer, task } as FromWorker),
            ended: () => forgetEnded(task),
          }),
        );
        return;
      case "data": {
        const offset = message.slot * start.slotBytes;
        const bytes = slots.subarray(offset, offset + message.length);
        uploads.get(task)?.data(bytes, message.moreFollow);
        return post({ kind: "released", task, slot: message.slot });
      }
      case "receive": {
        const gatherer = new PieceGatherer(memory, uploads.get(task) ?? NO_UPLOAD);
        const receiver = new SocketReceiver(message, {
          room: () => gatherer.room(),
          filled: (count, moreFollow) => gatherer.filled(count, moreFollow),
          ended: (outcome) => {
            gatherer.end();
            receivers.delete(task);
            post({ kind: "received", task, ...outcome });
          },
        });
        receivers.set(task, receiver);
        return;
      }
      case "stopReceiving":
        return receivers.get(task)?.stop();
      case "finish":
        return uploads.get(task)?.finish(message.header);
      case "drop":
        receivers.get(task)?.stop();
        if (uploads.has(task)) {
          uploads.get(task)?.drop();
          return forgetEnded(task);
        }
        return post({ kind: "dropped", task });
      case "hashLeaves":
        void answerLeaves(files, post, task, message.request);
        return;
      case "openSegment":
        answerSegment(files, port, task, message.request);
    }
  });
}

async function answerLeaves(
  files: ThreadFiles,
  post: (message: FromWorker) => void,
  task: number,
  request: LeafRequest,
): Promise<void> {
  try {
    const { sealed } = request;
    const leaves =
      sealed === undefined
        ? await hashLeavesOf(files, request, new Uint8Array(LEAF_BYTES))
        : await hashSealedLeaves(files, request, sealed);
    post({ kind: "hashed", task, leaves });
  } catch (error) {
    post({ kind: "failed", task, error: factsOf(error) });
  }
}

function answerSegment(
  files: ThreadFiles,
  port: LoopPort,
  task: number,
  request: SegmentRequest,
): void {
  try {
    const opened = readSegment(files, request);
    const isAlone = opened.byteLength === opened.buffer.byteLength;
    const bytes = isAlone ? opened : Uint8Array.from(opened);
    // A typed array over memory that is not shared: node:crypto made it.
    port.postMessage({ kind: "opened", task, bytes }, [bytes.buffer as ArrayBuffer]);
  } catch (error) {
    port.postMessage({ kind: "failed", task, error: factsOf(error) }, []);
  }
}
