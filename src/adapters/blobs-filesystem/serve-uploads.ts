/** What a blob worker does: hashes and writes the uploads assigned to it, and re-hashes stored leaves. */
import { LEAF_BYTES } from "../../domain/limits.ts";
import type { ThreadFiles } from "./files.ts";
import { hashLeavesOf } from "./worker-leaves.ts";
import {
  type FromWorker,
  factsOf,
  type LeafRequest,
  type ToWorker,
  type WorkerStart,
} from "./worker-messages.ts";
import { WorkerUpload } from "./worker-upload.ts";

/** The side of the event loop, as a worker thread sees it. */
export interface LoopPort {
  on(event: "message", listener: (message: ToWorker) => void): unknown;
  postMessage(message: FromWorker): void;
}

/** Answers every message that comes over `port` until the thread is ended. */
export function serveUploads(port: LoopPort, start: WorkerStart, files: ThreadFiles): void {
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
          new WorkerUpload(files, message.path, (answer) =>
            post({ ...answer, task } as FromWorker),
          ),
        );
        return;
      case "data": {
        const offset = message.slot * start.slotBytes;
        uploads.get(task)?.data(slots.subarray(offset, offset + message.length));
        return post({ kind: "released", task, slot: message.slot });
      }
      case "finish":
        return uploads.get(task)?.finish(() => forgetEnded(task));
      case "drop":
        if (uploads.has(task)) {
          uploads.get(task)?.drop();
          return forgetEnded(task);
        }
        return post({ kind: "dropped", task });
      case "hashLeaves":
        void answerLeaves(files, post, task, message.request);
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
    const leaves = await hashLeavesOf(files, request, new Uint8Array(LEAF_BYTES));
    post({ kind: "hashed", task, leaves });
  } catch (error) {
    post({ kind: "failed", task, error: factsOf(error) });
  }
}
