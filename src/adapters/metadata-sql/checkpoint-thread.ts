/**
 * Entry of a worker thread: copies the write-ahead log into its database file whenever it is told to, as far as no
 * reader needs the log. Loaded by checkpointer.ts only.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../std/assert.ts";
import type { CheckpointOutcome, CheckpointStart } from "./checkpointer.ts";

assert(parentPort !== null, "checkpoint-thread.ts must run in a worker thread");
const port = parentPort;
const { file, busyTimeoutMs } = workerData as CheckpointStart;
// `synchronous` stays FULL: the log is synced before any page of it is copied, the file before the log is used again.
const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
const checkpoint = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");

port.on("message", (message: "checkpoint" | "close") => {
  if (message === "close") {
    database.close();
    port.close();
    return;
  }
  port.postMessage(runCheckpoint());
});

function runCheckpoint(): CheckpointOutcome {
  try {
    const row = checkpoint.get();
    return { logPages: Number(row?.["log"]), copiedPages: Number(row?.["checkpointed"]) };
  } catch (error) {
    return { error };
  }
}
