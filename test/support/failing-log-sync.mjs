/**
 * Loaded into a process and its threads before their programs: from the moment the file `FAIL_LOG_SYNC_FILE` is there,
 * every `fdatasync` that has a callback or waits fails as on a broken disk. Only the log of the metadata is synced in
 * these ways, by the event loop and by the thread of small archives. With `FAIL_LOG_SYNC_BY=exit` the thread ends
 * instead, in the midst of its commit.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { fdatasync, fdatasyncSync } = fs;

function findFailure() {
  return fs.existsSync(String(process.env.FAIL_LOG_SYNC_FILE))
    ? Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" })
    : undefined;
}

fs.fdatasync = (descriptor, callback) => {
  const failure = findFailure();
  if (failure === undefined) {
    fdatasync(descriptor, callback);
  } else {
    setImmediate(callback, failure);
  }
};
fs.fdatasyncSync = (descriptor) => {
  const failure = findFailure();
  if (failure !== undefined) {
    if (process.env.FAIL_LOG_SYNC_BY === "exit") {
      // In a thread it ends just that.
      process.exit(7);
    }
    throw failure;
  }
  fdatasyncSync(descriptor);
};
syncBuiltinESMExports();
