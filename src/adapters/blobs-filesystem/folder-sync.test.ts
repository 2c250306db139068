import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LoopFiles, OpenFile } from "./files.ts";
import { nodeFiles } from "./files.ts";
import { FolderSync } from "./folder-sync.ts";

const FOLDER = "/data/ab";

/** Folders whose syncs end one by one, as the test says. */
function createHeldFolders() {
  const syncs: { end(error?: Error): void }[] = [];
  const handle: Pick<OpenFile, "sync" | "close"> = {
    sync: () =>
      new Promise((resolve, reject) => {
        syncs.push({ end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
    close: async () => undefined,
  };
  // Nothing but `open`, `sync` and `close` is called.
  const files: LoopFiles = { ...nodeFiles, open: async () => handle as OpenFile };
  return {
    folders: new FolderSync(files),
    async endNextSync(error?: Error) {
      while (syncs.length === 0) {
        await new Promise(setImmediate);
      }
      syncs.shift()?.end(error);
    },
  };
}

describe("the shared sync of folders", () => {
  it("gives up a change that was made before a sync failed for somebody else", async () => {
    const { folders, endNextSync } = createHeldFolders();
    const [first, second] = [folders.begin(FOLDER), folders.begin(FOLDER)];
    const failing = folders.sync(first);
    await Promise.all([
      endNextSync(new Error("EIO: bad disk")),
      assert.rejects(failing, /bad disk/),
    ]);
    await Promise.all([endNextSync(), assert.rejects(folders.sync(second), /bad disk/)]);
  });

  it("syncs a change that began after the failure", async () => {
    const { folders, endNextSync } = createHeldFolders();
    const failing = folders.sync(folders.begin(FOLDER));
    await Promise.all([endNextSync(new Error("EIO")), assert.rejects(failing)]);
    await Promise.all([endNextSync(), folders.sync(folders.begin(FOLDER))]);
  });
});
