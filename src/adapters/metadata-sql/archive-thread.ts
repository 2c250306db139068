/**
 * Entry of a worker thread: commits batches of small archives and waits for the disk, beside the event loop. Loaded by
 * archive-committer.ts only.
 */
import { closeSync, fdatasyncSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../std/assert.ts";
import type { ArchiveBatch } from "./archive-batch.ts";
import type { ArchiveThreadStart, ThreadAnswer } from "./archive-committer.ts";
import { createArchiveWriter } from "./archive-writer.ts";

assert(parentPort !== null, "archive-thread.ts must run in a worker thread");
const port = parentPort;
const { file, busyTimeoutMs, cacheKib, mustSync } = workerData as ArchiveThreadStart;
const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
// As the event loop's connection, whose comments tell why.
database.exec(`
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA cache_size = -${cacheKib};
`);
const writer = createArchiveWriter(database);
const log = openSync(`${file}-wal`, "r+");

port.on("message", (message: ArchiveBatch | "close") => {
  if (message === "close") {
    closeSync(log);
    database.close();
    port.close();
    return;
  }
  port.postMessage(runBatch(message));
});
port.postMessage({ kind: "ready" } satisfies ThreadAnswer);

function runBatch(batch: ArchiveBatch): ThreadAnswer {
  try {
    writer.write(batch);
  } catch (error) {
    return { kind: "refused", ...describe(error) };
  }
  try {
    if (mustSync) {
      fdatasyncSync(log);
    }
    return { kind: "committed", isDurable: mustSync };
  } catch (error) {
    return { kind: "lost", ...describe(error) };
  }
}

/** An error loses its own members, such as its code, on the way to another thread. */
function describe(error: unknown): { readonly error: unknown; readonly members: object } {
  return { error, members: { ...(error as object) } };
}
