/** A disk or a thread that fails while a commit is synced: nobody can tell what is durable, so the service ends. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { createGlacierClient } from "../support/glacier-client.ts";
import { makePayload } from "../support/payload.ts";
import { startServer } from "../support/server-process.ts";

const VAULT = "vault";
const preload = pathToFileURL(join(import.meta.dirname, "../support/failing-log-sync.mjs")).href;

for (const { what, by, told } of [
  { what: "a sync of the metadata that fails", by: "error", told: /EIO/ },
  { what: "a thread that ends within a commit", by: "exit", told: /ended with 7/ },
]) {
  describe(what, () => {
    let folder: string;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "moraine-lost-sync-"));
    });

    after(() => rm(folder, { recursive: true, force: true }));

    it("ends the service without an answer, and the next start has what was acknowledged", async () => {
      const broken = join(folder, "broken");
      const dataDir = join(folder, "data");
      const server = await startServer({
        dataDir,
        env: {
          NODE_OPTIONS: `--import=${preload}`,
          FAIL_LOG_SYNC_FILE: broken,
          FAIL_LOG_SYNC_BY: by,
        },
      });
      const client = createGlacierClient(server);
      await client.createVault(VAULT);
      const kept = await client.uploadArchive(VAULT, makePayload(2000, "kept"));
      await writeFile(broken, "");
      const refused = await Promise.allSettled(
        [1, 2, 3].map((index) => client.uploadArchive(VAULT, makePayload(2000, `lost ${index}`))),
      );
      assert.deepEqual(await server.ended, { code: 1, signal: null });
      assert.deepEqual(
        refused.map(({ status }) => status),
        ["rejected", "rejected", "rejected"],
      );
      assert.match(server.logs(), /metadata could not be made durable/);
      assert.match(server.logs(), told);
      await rm(broken);

      const next = await startServer({ dataDir });
      try {
        const again = createGlacierClient(next);
        const job = { Type: "archive-retrieval", ArchiveId: kept };
        const jobId = await again.initiateJob(VAULT, job);
        assert.equal((await again.awaitJob(VAULT, jobId)).StatusCode, "Succeeded");
        await again.uploadArchive(VAULT, makePayload(2000, "later"));
      } finally {
        await next.stop();
      }
    });
  });
}
