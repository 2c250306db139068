/** The memory of queries does not grow with their archives and results. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { createGlacierClient, type GlacierClient } from "../support/glacier-client.ts";
import { makeCsvBlock, startSelect, uploadBlocks } from "../support/select-service.ts";
import { startServer } from "../support/server-process.ts";

const VAULT = "queried";
const SMALL_MIB = 8;
const LARGE_MIB = 128;
/** Both, since two queries run at once: all of the archive, and all that functions make of its text. */
const QUERIES = [
  "SELECT * FROM archive",
  "SELECT UPPER(_6), SUBSTRING(_2, 2, 3) FROM archive WHERE CHAR_LENGTH(_6) > 3",
];
/** Above the service at rest. From the sources, a thread also holds what takes the types away. */
const QUERIES_MAX_MIB = 100;
/** What 16 times the archive and the result may add. */
const GROWTH_MAX_MIB = 32;

describe("the memory of queries", { skip: process.platform !== "linux" && "reads /proc" }, () => {
  it("is as much for a large archive as for a small one, two queries at once", async (t) => {
    const server = await startServer();
    const client = createGlacierClient({ ...server, timeoutMs: 120_000 });
    try {
      await client.createVault(VAULT);
      const block = makeCsvBlock();
      const small = await uploadBlocks(client, VAULT, { block, mib: SMALL_MIB });
      const large = await uploadBlocks(client, VAULT, { block, mib: LARGE_MIB });
      const idleMib = await readMib(server.pid, "VmRSS");
      const smallMib = await peakOf(server.pid, () => runQueries(client, small));
      const largeMib = await peakOf(server.pid, () => runQueries(client, large));
      t.diagnostic(`idle ${idleMib} MiB, ${SMALL_MIB} MiB: ${smallMib}, ${LARGE_MIB}: ${largeMib}`);
      assert.ok(largeMib - idleMib < QUERIES_MAX_MIB, `${idleMib} MiB grew to ${largeMib}`);
      assert.ok(largeMib - smallMib < GROWTH_MAX_MIB, `${smallMib} MiB grew to ${largeMib}`);
    } finally {
      client.close();
      await server.stop();
    }
  });
});

async function runQueries(client: GlacierClient, archiveId: string): Promise<void> {
  const jobIds = await Promise.all(
    QUERIES.map((expression) => startSelect(client, VAULT, archiveId, expression)),
  );
  for (const jobId of jobIds) {
    const { StatusCode, StatusMessage } = await client.awaitJob(VAULT, jobId, 120_000);
    assert.equal(StatusCode, "Succeeded", StatusMessage);
  }
}

/** The most memory that the process had resident while `work` ran, in MiB. */
async function peakOf(pid: number, work: () => Promise<void>): Promise<number> {
  // proc(5): resets the peak, VmHWM.
  await writeFile(`/proc/${pid}/clear_refs`, "5");
  await work();
  return await readMib(pid, "VmHWM");
}

async function readMib(pid: number, name: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024);
}
