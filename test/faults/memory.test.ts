/** Memory per request is constant: 4 GiB in 8 parallel uploads stay under 400 MiB resident. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createGlacierClient } from "../support/glacier-client.ts";
import { combineTreeHashes, MIB, sha256Of } from "../support/payload.ts";
import { startServer } from "../support/server-process.ts";

const UPLOADS = 8;
const UPLOAD_MIB = Number(process.env["UPLOAD_MIB"] ?? 512);
const RESIDENT_MAX_MIB = 400;
const VAULT = "memory";

describe("memory", { skip: await whyNot() }, () => {
  it(`stays under ${RESIDENT_MAX_MIB} MiB while ${UPLOADS} archives arrive and leave at once`, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), "moraine-memory-"));
    const server = await startServer({ dataDir });
    const client = createGlacierClient({ ...server, timeoutMs: 120_000 });
    try {
      await client.createVault(VAULT);
      const body = describeBody();
      const startedAtMs = performance.now();
      const archiveIds = await Promise.all(
        Array.from({ length: UPLOADS }, async () => {
          const response = await client.must({
            method: "POST",
            path: `/-/vaults/${VAULT}/archives`,
            headers: {
              "x-amz-content-sha256": body.sha256,
              "x-amz-sha256-tree-hash": body.treeHash,
            },
            body,
          });
          assert.equal(response.headers["x-amz-sha256-tree-hash"], body.treeHash);
          return String(response.headers["x-amz-archive-id"]);
        }),
      );
      const uploadSeconds = (performance.now() - startedAtMs) / 1000;
      const uploadPeakMib = await readPeakMib(server.pid);
      const megabytes = (UPLOADS * body.sizeBytes) / 1e6;
      t.diagnostic(
        `uploads: peak ${uploadPeakMib} MiB resident, ${Math.round(megabytes / uploadSeconds)} MB/s`,
      );
      assert.ok(uploadPeakMib < RESIDENT_MAX_MIB, `peak was ${uploadPeakMib} MiB`);

      const retrievedAtMs = performance.now();
      const jobIds = await Promise.all(
        archiveIds.map((archiveId) =>
          client.initiateJob(VAULT, { Type: "archive-retrieval", ArchiveId: archiveId }),
        ),
      );
      for (const jobId of jobIds) {
        assert.equal((await client.awaitJob(VAULT, jobId, 120_000)).StatusCode, "Succeeded");
      }
      await Promise.all(jobIds.map((jobId) => checkOutput(client, jobId, body)));
      const seconds = (performance.now() - retrievedAtMs) / 1000;
      const peakMib = await readPeakMib(server.pid);
      t.diagnostic(
        `jobs and downloads: peak ${peakMib} MiB resident, ${Math.round(megabytes / seconds)} MB/s`,
      );
      assert.ok(peakMib < RESIDENT_MAX_MIB, `peak was ${peakMib} MiB`);
    } finally {
      client.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

/** A body that is one MiB over and over, so that sending it costs no copy and hashing it happens once. */
function describeBody() {
  const block = createHash("sha256").update("memory").digest();
  const chunk = Buffer.alloc(MIB, block);
  const hasher = createHash("sha256");
  for (let sent = 0; sent < UPLOAD_MIB; sent += 1) {
    hasher.update(chunk);
  }
  return {
    sizeBytes: UPLOAD_MIB * MIB,
    sha256: hasher.digest("hex"),
    treeHash: combineTreeHashes(Array.from({ length: UPLOAD_MIB }, () => sha256Of(chunk))),
    *chunks() {
      for (let sent = 0; sent < UPLOAD_MIB; sent += 1) {
        yield chunk;
      }
    },
  };
}

/** Downloads an output and compares its size and hash, keeping none of it. */
async function checkOutput(
  client: ReturnType<typeof createGlacierClient>,
  jobId: string,
  expected: { readonly sizeBytes: number; readonly sha256: string },
): Promise<void> {
  const path = `/-/vaults/${VAULT}/jobs/${jobId}/output`;
  const request = client.open({ method: "GET", path });
  const hasher = createHash("sha256");
  let sizeBytes = 0;
  await new Promise<void>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      response.on("data", (chunk: Buffer) => {
        sizeBytes += chunk.length;
        hasher.update(chunk);
      });
      response.on("end", resolve);
      response.on("error", reject);
    });
    request.end();
  });
  assert.equal(sizeBytes, expected.sizeBytes);
  assert.equal(hasher.digest("hex"), expected.sha256);
}

/** The most memory the process ever had resident, in MiB (proc(5), VmHWM). */
async function readPeakMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}

async function whyNot(): Promise<string | false> {
  if (process.platform !== "linux") {
    return "the peak of resident memory is read from /proc, on Linux only";
  }
  const { bavail, bsize } = await statfs(tmpdir());
  const needed = UPLOADS * UPLOAD_MIB * MIB * 1.2;
  return bavail * bsize > needed ? false : `${tmpdir()} has too little space for ${needed} bytes`;
}
