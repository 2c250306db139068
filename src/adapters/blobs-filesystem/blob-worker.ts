/**
 * Entry of a worker thread: hashes and writes the uploads assigned to it, and re-hashes stored leaves.
 * Loaded by blob-workers.ts only; it serves the messages of worker-messages.ts from the moment it starts.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { LEAF_BYTES } from "../../domain/limits.ts";
import { assert } from "../../std/assert.ts";
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
import { WorkerUpload } from "./worker-upload.ts";

assert(parentPort !== null, "blob-worker.ts must run in a worker thread");
serve(parentPort, workerData as WorkerStart);

function serve(port: NonNullable<typeof parentPort>, start: WorkerStart): void {
  const slots = new Uint8Array(start.memory);
  const uploads = new Map<number, WorkerUpload>();
  const post = (message: FromWorker): void => port.postMessage(message);
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
          new WorkerUpload(message, (answer) => post({ ...answer, task } as FromWorker)),
        );
        return;
      case "data": {
        const offset = message.slot * start.slotBytes;
        const bytes = slots.subarray(offset, offset + message.length);
        uploads.get(task)?.data(bytes, message.moreFollow);
        return post({ kind: "released", task, slot: message.slot });
      }
      case "finish":
        return uploads.get(task)?.finish(message.header, () => forgetEnded(task));
      case "drop":
        if (uploads.has(task)) {
          uploads.get(task)?.drop();
          return forgetEnded(task);
        }
        return post({ kind: "dropped", task });
      case "hashLeaves":
        void answerLeaves(post, task, message.request);
        return;
      case "openSegment":
        answerSegment(port, task, message.request);
    }
  });
}

async function answerLeaves(
  post: (message: FromWorker) => void,
  task: number,
  request: LeafRequest,
): Promise<void> {
  try {
    const { sealed } = request;
    const leaves =
      sealed === undefined
        ? await hashLeavesOf(request, new Uint8Array(LEAF_BYTES))
        : await hashSealedLeaves(request, sealed);
    post({ kind: "hashed", task, leaves });
  } catch (error) {
    post({ kind: "failed", task, error: factsOf(error) });
  }
}

/** The bytes change hands: they are not copied. */
function answerSegment(port: MessagePort, task: number, request: SegmentRequest): void {
  try {
    const opened = readSegment(request.fd, request.blob, request.index);
    const isAlone = opened.byteLength === opened.buffer.byteLength;
    const bytes = isAlone ? opened : Uint8Array.from(opened);
    const answer: FromWorker = { kind: "opened", task, bytes };
    // A typed array over memory that is not shared: node:crypto made it.
    port.postMessage(answer, [bytes.buffer as ArrayBuffer]);
  } catch (error) {
    const answer: FromWorker = { kind: "failed", task, error: factsOf(error) };
    port.postMessage(answer);
  }
}
