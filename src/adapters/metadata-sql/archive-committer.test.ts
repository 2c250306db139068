import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packArchives } from "./archive-batch.ts";
import { createThreadCommitter } from "./archive-committer.ts";

describe("the thread of small archives", () => {
  it("is loaded by nobody else", async () => {
    await assert.rejects(import("./archive-thread.ts"), /must run in a worker thread/);
  });

  it("refuses a batch, rather than losing it, when it can't open the metadata", async () => {
    const folder = mkdtempSync(join(tmpdir(), "moraine-archives-"));
    try {
      const file = join(folder, "missing", "metadata.db");
      const committer = createThreadCommitter({
        ...{ file, busyTimeoutMs: 1000, cacheKib: 100, mustSync: true },
      });
      for (let round = 0; round < 2; round += 1) {
        const outcome = await committer.commit(packArchives([], []));
        assert.equal(outcome.kind, "refused");
        assert.match(String("error" in outcome && outcome.error), /unable to open/);
      }
      await committer.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
