/**
 * Entry of a worker thread: hashes and writes the uploads assigned to it, and re-hashes stored leaves.
 * Loaded by blob-workers.ts only; it serves the messages of worker-messages.ts from the moment it starts.
 */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../std/assert.ts";
import { nodeFiles } from "./files.ts";
import { serveUploads } from "./serve-uploads.ts";
import type { WorkerStart } from "./worker-messages.ts";

assert(parentPort !== null, "blob-worker.ts must run in a worker thread");
serveUploads(parentPort, workerData as WorkerStart, nodeFiles);
