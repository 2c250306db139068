/** A blob worker that runs on the event loop: the product's own code behind messages that take a turn. */
import type {
  StartWorker,
  UploadThread,
} from "../../../src/adapters/blobs-filesystem/blob-workers.ts";
import type { ThreadFiles } from "../../../src/adapters/blobs-filesystem/files.ts";
import { serveUploads } from "../../../src/adapters/blobs-filesystem/serve-uploads.ts";
import type {
  FromWorker,
  ToWorker,
} from "../../../src/adapters/blobs-filesystem/worker-messages.ts";

/** Threads never end by themselves; what a dead process still sends meets files that refuse it. */
export function startSimulatedThread(files: ThreadFiles): StartWorker {
  return (start) => {
    let receive: ((message: FromWorker) => void) | undefined;
    let serve: ((message: ToWorker) => void) | undefined;
    const port = {
      on: (_event: "message", listener: (message: ToWorker) => void) => {
        serve = listener;
      },
      postMessage: (message: FromWorker) => queueMicrotask(() => receive?.(message)),
    };
    serveUploads(port, start, files);
    const thread: UploadThread = {
      on: (event: string, listener: (message: never) => void) => {
        if (event === "message") {
          // The overloads of `on` say what each event carries.
          receive = listener as (message: FromWorker) => void;
        }
      },
      postMessage: (message: ToWorker) => queueMicrotask(() => serve?.(message)),
      terminate: async () => 0,
    };
    return thread;
  };
}
