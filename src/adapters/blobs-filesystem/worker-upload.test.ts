import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EarlySyncs } from "./early-syncs.ts";
import type { ThreadFiles } from "./files.ts";
import { WorkerUpload } from "./worker-upload.ts";

const EVERY_BYTES = 1000;
const PIECE = new Uint8Array(600).fill(3);

/** Files that tell what was done, and whose syncs end when the test says so. */
function watchedFiles() {
  const log: string[] = [];
  const syncs: ((error: Error | null) => void)[] = [];
  const files: ThreadFiles = {
    openSync: () => 5,
    writeSync: (_fd, _bytes, _offset, length, position) => {
      log.push(`write ${position}`);
      return length;
    },
    readSync: () => 0,
    fsync: (_fd, done) => {
      log.push("sync");
      syncs.push(done);
    },
    closeSync: () => {
      log.push("close");
    },
  };
  return { files, log, syncs };
}

function openUpload(files: ThreadFiles, earlySyncs = new EarlySyncs(EVERY_BYTES)) {
  const answers: string[] = [];
  const upload = new WorkerUpload(
    { files, accelerator: undefined, earlySyncs },
    { path: "blob", seal: undefined },
    { answer: ({ kind }) => answers.push(kind), ended: () => undefined },
  );
  return { upload, answers };
}

describe("an upload inside a worker", () => {
  it("syncs each time enough bytes have come, and once more for the rest", () => {
    const { files, log, syncs } = watchedFiles();
    const { upload, answers } = openUpload(files);
    upload.data(PIECE, true);
    upload.data(PIECE, true);
    syncs.shift()!(null);
    upload.data(PIECE, true);
    upload.finish(undefined);
    assert.deepEqual(log, ["write 0", "write 600", "sync", "write 1200", "sync"]);
    assert.deepEqual(answers, []);
    syncs.shift()!(null);
    assert.deepEqual(answers, ["finished"]);
    assert.equal(log.at(-1), "close");
  });

  it("begins its last sync only when an early one has ended, and is not finished before", () => {
    const { files, log, syncs } = watchedFiles();
    const { upload, answers } = openUpload(files);
    upload.data(new Uint8Array(1200), true);
    upload.finish(undefined);
    assert.deepEqual(log, ["write 0", "sync"]);
    syncs.shift()!(null);
    assert.deepEqual(log, ["write 0", "sync", "sync"]);
    assert.deepEqual(answers, []);
    syncs.shift()!(null);
    assert.deepEqual(answers, ["finished"]);
  });

  it("fails when an early sync fails, and asks for no other sync", () => {
    for (const finishesBefore of [true, false]) {
      const { files, log, syncs } = watchedFiles();
      const { upload, answers } = openUpload(files);
      upload.data(new Uint8Array(1200), true);
      if (finishesBefore) {
        upload.finish(undefined);
      }
      syncs.shift()!(Object.assign(new Error("i/o error"), { code: "EIO" }));
      upload.data(new Uint8Array(1200), false);
      upload.finish(undefined);
      assert.deepEqual(answers, ["failed"]);
      assert.deepEqual(log, ["write 0", "sync"]);
      upload.drop();
      assert.deepEqual(answers, ["failed", "dropped"]);
    }
  });

  it("keeps its descriptor until an early sync has ended", () => {
    const { files, log, syncs } = watchedFiles();
    const { upload, answers } = openUpload(files);
    upload.data(new Uint8Array(1200), true);
    upload.drop();
    assert.deepEqual([log.includes("close"), answers], [false, []]);
    syncs.shift()!(null);
    assert.equal(log.at(-1), "close");
    assert.deepEqual(answers, ["dropped"]);
  });

  it("syncs early one at a time with the other uploads of its worker", () => {
    const { files, log, syncs } = watchedFiles();
    const earlySyncs = new EarlySyncs(EVERY_BYTES);
    const [one, other] = [openUpload(files, earlySyncs), openUpload(files, earlySyncs)];
    one.upload.data(new Uint8Array(1200), true);
    other.upload.data(new Uint8Array(1200), true);
    assert.equal(log.filter((entry) => entry === "sync").length, 1);
    syncs.shift()!(null);
    other.upload.data(PIECE, true);
    assert.equal(log.filter((entry) => entry === "sync").length, 2);
  });
});
