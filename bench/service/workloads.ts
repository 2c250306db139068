/** The workloads: each prepares outside the clock, runs for a while, and tells what it moved. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { GlacierClient, StreamedBody } from "../../test/support/glacier-client.ts";
import { combineTreeHashes, MIB, makePayload, type Payload } from "../../test/support/payload.ts";

/** What one run of a workload did within its clock. */
export interface Sample {
  readonly seconds: number;
  readonly bytes: number;
  readonly requests: number;
  /** Milliseconds of each request; empty where requests are few and large. */
  readonly latenciesMs: readonly number[];
}

export interface Workload {
  readonly name: string;
  /** How results are read: bytes per second or requests per second. */
  readonly unit: "MB/s" | "req/s";
  /** Runs once; `round` differs each time. */
  run(client: GlacierClient, round: number): Promise<Sample>;
}

const VAULT = "bench";
const PATH = `/-/vaults/${VAULT}`;

/** Every workload, in the order of the table. `scale` < 1 makes bodies and counts smaller, for a quick look. */
export function listWorkloads(scale: number): readonly Workload[] {
  const sized = (mib: number) => Math.max(1, Math.round(mib * scale)) * MIB;
  return [
    uploads("upload 64 MiB × 1", sized(64), 1, 4),
    uploads("upload 64 MiB × 4", sized(64), 4, 8),
    uploads("upload 1 GiB × 1", sized(1024), 1, 1),
    uploads("upload 1 GiB × 4", sized(1024), 4, 4),
    multipart("multipart 8 × 16 MiB", sized(16), 8),
    ...[1, 8, 64].map((connections) =>
      smallArchives(
        `archives of 4 KiB, ${connections} at once`,
        connections,
        Math.round(2000 * scale),
      ),
    ),
    downloads("download 256 MiB × 1", sized(256), 1),
    downloads("download 256 MiB × 4", sized(256), 4),
    describes("DescribeVault, 32 at once", 32, Math.round(10_000 * scale)),
  ];
}

function uploads(name: string, sizeBytes: number, atOnce: number, count: number): Workload {
  let payload: Payload | undefined;
  return {
    name,
    unit: "MB/s",
    run: async (client) => {
      payload ??= makePayload(sizeBytes, name);
      const body = payload;
      const ids: string[] = [];
      const sample = await timed(atOnce, count, sizeBytes, async () => {
        ids.push(await upload(client, body));
      });
      await deleteAll(client, ids);
      return sample;
    },
  };
}

async function upload(client: GlacierClient, payload: Payload): Promise<string> {
  const response = await client.must({
    method: "POST",
    path: `${PATH}/archives`,
    headers: hashHeaders(payload),
    body: streamed(payload),
  });
  return String(response.headers["x-amz-archive-id"]);
}

function hashHeaders(payload: Payload): Record<string, string> {
  return { "x-amz-content-sha256": payload.sha256, "x-amz-sha256-tree-hash": payload.treeHash };
}

/** The bytes in pieces, with the hash that was computed before the clock started. */
function streamed({ bytes, sha256 }: Payload): StreamedBody {
  return {
    sizeBytes: bytes.length,
    sha256,
    *chunks() {
      for (let start = 0; start < bytes.length; start += MIB) {
        yield bytes.subarray(start, start + MIB);
      }
    },
  };
}

async function deleteAll(client: GlacierClient, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await client.deleteArchive(VAULT, id);
  }
}

function multipart(name: string, partBytes: number, parts: number): Workload {
  let payload: Payload | undefined;
  return {
    name,
    unit: "MB/s",
    run: async (client) => {
      payload ??= makePayload(partBytes, name);
      const body = payload;
      const uploadId = await client.initiateMultipartUpload(VAULT, partBytes);
      const sample = await timed(parts, parts, partBytes, async (index) => {
        const start = index * partBytes;
        await client.must({
          method: "PUT",
          path: `${PATH}/multipart-uploads/${uploadId}`,
          headers: {
            ...hashHeaders(body),
            "content-range": `bytes ${start}-${start + partBytes - 1}/*`,
          },
          body: streamed(body),
        });
      });
      const id = await client.completeMultipartUpload(
        { vault: VAULT, uploadId },
        {
          sizeBytes: parts * partBytes,
          treeHash: combineTreeHashes(Array.from({ length: parts }, () => body.treeHash)),
        },
      );
      await deleteAll(client, [id]);
      return sample;
    },
  };
}

function smallArchives(name: string, atOnce: number, count: number): Workload {
  const payload = makePayload(4096, name);
  return {
    name,
    unit: "req/s",
    run: (client) =>
      timed(atOnce, atOnce === 1 ? Math.ceil(count / 4) : count, payload.bytes.length, async () => {
        await upload(client, payload);
      }),
  };
}

function downloads(name: string, sizeBytes: number, atOnce: number): Workload {
  let jobId: string | undefined;
  return {
    name,
    unit: "MB/s",
    run: async (client) => {
      jobId ??= await retrieve(client, makePayload(sizeBytes, name));
      const id = jobId;
      return await timed(atOnce, atOnce, sizeBytes, () => download(client, id, sizeBytes));
    },
  };
}

async function retrieve(client: GlacierClient, payload: Payload): Promise<string> {
  const archiveId = await upload(client, payload);
  const jobId = await client.initiateJob(VAULT, {
    Type: "archive-retrieval",
    ArchiveId: archiveId,
  });
  await client.awaitJob(VAULT, jobId, 120_000);
  return jobId;
}

/** Counts the bytes and drops them. */
async function download(client: GlacierClient, jobId: string, sizeBytes: number): Promise<void> {
  const sent = client.open({ method: "GET", path: `${PATH}/jobs/${jobId}/output` });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let received = 0;
  response.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  await once(response, "end");
  if (response.statusCode !== 200 || received !== sizeBytes) {
    throw new Error(`download answered ${response.statusCode} with ${received} bytes`);
  }
}

function describes(name: string, atOnce: number, count: number): Workload {
  return {
    name,
    unit: "req/s",
    run: (client) =>
      timed(atOnce, count, 0, async () => {
        await client.must({ method: "GET", path: PATH });
      }),
  };
}

/** Runs `count` tasks, `atOnce` at a time, under the clock. */
async function timed(
  atOnce: number,
  count: number,
  bytesEach: number,
  task: (index: number) => Promise<void>,
): Promise<Sample> {
  const latenciesMs: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      const taskStartedAt = performance.now();
      await task(index);
      latenciesMs.push(performance.now() - taskStartedAt);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return {
    seconds: (performance.now() - startedAt) / 1000,
    bytes: count * bytesEach,
    requests: count,
    latenciesMs,
  };
}
