/**
 * Loaded into a process before its program: from the moment the file `FAIL_LOG_SYNC_FILE` is there, every
 * `fdatasync` with a callback fails as on a broken disk. Only the log of the metadata is synced in this way.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { fdatasync } = fs;
fs.fdatasync = (descriptor, callback) => {
  if (fs.existsSync(String(process.env.FAIL_LOG_SYNC_FILE))) {
    setImmediate(callback, Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" }));
    return;
  }
  fdatasync(descriptor, callback);
};
syncBuiltinESMExports();
