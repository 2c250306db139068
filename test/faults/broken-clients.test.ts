/** Clients that go away or fall silent in the middle of a body leave nothing behind. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createGlacierClient, type GlacierClient } from "../support/glacier-client.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { compareBlobs } from "./stored-blobs.ts";

const VAULT = "broken";
const CLIENTS = 20;

describe("a body that breaks off", { skip: needsProc() }, () => {
  let server: ServerProcess;
  let client: GlacierClient;
  let uploadId: string;
  let quiet: { readonly descriptors: number; readonly blobs: number };
  const payload = makePayload(4 * MIB, "broken");

  const count = async () => ({
    descriptors: (await readdir(`/proc/${server.pid}/fd`)).length,
    blobs: (await compareBlobs(server.dataDir)).sound,
  });

  /** Resolves when no upload is left of what the test began; rejects after 10 s. */
  const assertQuiet = async (): Promise<void> => {
    for (const deadline = performance.now() + 10_000; ; await sleep(100)) {
      const { temporary, leftovers } = await compareBlobs(server.dataDir);
      const { descriptors, blobs } = await count();
      const seen = {
        temporary,
        leftovers,
        blobs,
        more: Math.max(0, descriptors - quiet.descriptors),
      };
      const wanted = { temporary: [], leftovers: [], blobs: quiet.blobs, more: 0 };
      if (JSON.stringify(seen) === JSON.stringify(wanted)) {
        return;
      }
      if (performance.now() > deadline) {
        assert.deepEqual(seen, wanted);
      }
    }
  };

  const begin = (target: "archive" | "part") => {
    const path =
      target === "archive"
        ? `/-/vaults/${VAULT}/archives`
        : `/-/vaults/${VAULT}/multipart-uploads/${uploadId}`;
    const request = client.open({
      method: target === "archive" ? "POST" : "PUT",
      path,
      headers: {
        "x-amz-content-sha256": payload.sha256,
        "x-amz-sha256-tree-hash": payload.treeHash,
        ...(target === "part" ? { "content-range": `bytes 0-${4 * MIB - 1}/*` } : {}),
      },
      body: { sizeBytes: payload.bytes.length, sha256: payload.sha256, chunks: () => [] },
    });
    return request;
  };

  before(async () => {
    server = await startServer({ flags: ["--idle-timeout", "1s"] });
    client = createGlacierClient(server);
    await client.createVault(VAULT);
    uploadId = await client.initiateMultipartUpload(VAULT, 4 * MIB);
    // Whatever opens files once only has done so before anything is counted: also each thread that receives bodies,
    // whose loop opens /dev/null with its first connection.
    await Promise.all(
      Array.from({ length: CLIENTS }, (_, index) =>
        client.uploadArchive(VAULT, makePayload(3 * MIB + index, `warm ${index}`)),
      ),
    );
    client.close();
    client = createGlacierClient(server);
    await sleep(300);
    quiet = await count();
  });
  after(async () => {
    client?.close();
    await server?.stop();
  });

  it("leaves no file and no descriptor when clients disconnect", async () => {
    for (const target of ["archive", "part"] as const) {
      const requests = Array.from({ length: CLIENTS }, () => begin(target));
      await Promise.all(
        requests.map(async (request, index) => {
          request.write(payload.bytes.subarray(0, 1 + index * 150_000));
          await sleep(100 + index * 10);
          request.destroy();
        }),
      );
    }
    client.close();
    await assertQuiet();
  });

  it("gets 408 and a closed connection when clients stop sending", async () => {
    const requests = Array.from({ length: CLIENTS }, (_, index) =>
      begin(index % 2 === 0 ? "archive" : "part"),
    );
    const answers = await Promise.all(
      requests.map(async (request) => {
        const answer = once(request, "response") as Promise<[IncomingMessage]>;
        const startedAtMs = performance.now();
        request.write(payload.bytes.subarray(0, MIB + 5));
        const [response] = await answer;
        const chunks: Buffer[] = [];
        for await (const chunk of response) {
          chunks.push(chunk);
        }
        const body = JSON.parse(Buffer.concat(chunks).toString());
        const { statusCode, headers } = response;
        return { statusCode, headers, body, tookMs: performance.now() - startedAtMs };
      }),
    );
    for (const { statusCode, headers, body, tookMs } of answers) {
      assert.equal(statusCode, 408);
      const { code, message, type } = body;
      assert.deepEqual(
        { code, message, type },
        { code: "RequestTimeoutException", message: "Request timed out.", type: "Client" },
      );
      assert.equal(headers["connection"], "close");
      assert.ok(tookMs > 900 && tookMs < 5000, `answered after ${tookMs} ms`);
    }
    client.close();
    await assertQuiet();
  });

  it("still takes the part and the archive when they are sent whole", async () => {
    client = createGlacierClient(server);
    assert.deepEqual(await client.listParts(VAULT, uploadId), []);
    await client.uploadPart({ vault: VAULT, uploadId }, { start: 0, body: payload });
    const archiveId = await client.uploadArchive(VAULT, payload);
    const jobId = await client.initiateJob(VAULT, {
      Type: "archive-retrieval",
      ArchiveId: archiveId,
    });
    await client.awaitJob(VAULT, jobId);
    assert.ok(payload.bytes.equals((await client.getJobOutput(VAULT, jobId)).body));
  });
});

function needsProc(): string | false {
  return process.platform === "linux" ? false : "descriptors are counted in /proc, on Linux only";
}
