/** Outputs of retrieval jobs, whole and by range. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LoadPlan, PlannedRequest } from "../load/plan.ts";
import { startNginx } from "../rivals/nginx.ts";
import { startSink } from "../rivals/sink.ts";
import type { ServerUnderTest, Target } from "../service/server-under-test.ts";
import { plainGet, signRequests } from "../service/signed-requests.ts";
import { formatSize, MIB, VAULT, VAULT_PATH } from "./sizes.ts";
import type { Bench, LoadWorkload } from "./workload.ts";

const FILE = "archive";
/** No border of a MiB, so that both ends of a range have to be verified. */
const RANGE_START = 12_345;
const RANGE_BYTES = 4 * MIB;

/** Downloads of one archive of 256 MiB. */
export function listDownloads(bench: Bench): readonly LoadWorkload[] {
  const sizeBytes = 256 * MIB;
  const size = formatSize(sizeBytes);
  const whole = [undefined];
  const ranges = listRanges(sizeBytes);
  return [
    downloads(bench, {
      id: "download-x1",
      name: `download ${size} × 1`,
      sizeBytes,
      atOnce: 1,
      ranges: whole,
    }),
    downloads(bench, {
      id: "download-x4",
      name: `download ${size} × 4`,
      sizeBytes,
      atOnce: 4,
      ranges: whole,
    }),
    downloads(bench, {
      id: "download-ranges",
      name: `download ranges of ${formatSize(RANGE_BYTES)} × 4`,
      sizeBytes,
      atOnce: 4,
      ranges,
    }),
  ];
}

function listRanges(sizeBytes: number): string[] {
  const ranges: string[] = [];
  for (let start = RANGE_START; start + RANGE_BYTES <= sizeBytes; start += RANGE_BYTES) {
    ranges.push(`bytes=${start}-${start + RANGE_BYTES - 1}`);
  }
  return ranges;
}

interface Shape {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly atOnce: number;
  /** Asked for one after another, `undefined` for all; each as often as there are connections. */
  readonly ranges: readonly (string | undefined)[];
}

function downloads(bench: Bench, shape: Shape): LoadWorkload {
  const root = join(bench.folder, shape.id);
  const file = join(root, FILE);
  const jobs = new Map<Target, string>();
  return {
    id: shape.id,
    name: shape.name,
    unit: "MB/s",
    hashes: false,
    freshEachRound: false,
    rivals: [
      () => startSink(writeArchive(bench, { root, file, sizeBytes: shape.sizeBytes })),
      () => startNginx(join(bench.folder, `nginx-${shape.id}`), root),
    ],
    prepare: async (target, client) => {
      if (target.name === "moraine") {
        jobs.set(target, await retrieve(bench, client, shape.sizeBytes));
      }
    },
    plan: async (target) => planDownloads(bench, { shape, target, jobId: jobs.get(target) }),
  };
}

/** The file that the rivals send. */
function writeArchive(
  { bodies }: Bench,
  what: { readonly root: string; readonly file: string; readonly sizeBytes: number },
): string {
  mkdirSync(what.root);
  const descriptor = openSync(what.file, "w");
  for (const piece of bodies.pieces(what.sizeBytes)) {
    writeSync(descriptor, piece);
  }
  closeSync(descriptor);
  return what.file;
}

/** Uploads the archive and retrieves it; the id of the job. */
async function retrieve(
  { bodies, load }: Bench,
  client: ServerUnderTest["client"],
  sizeBytes: number,
): Promise<string> {
  await client.createVault(VAULT);
  const body = bodies.body(sizeBytes);
  const response = await client.must({
    method: "POST",
    path: `${VAULT_PATH}/archives`,
    headers: { "x-amz-content-sha256": body.sha256, "x-amz-sha256-tree-hash": body.treeHash },
    body: { sizeBytes, sha256: body.sha256, chunks: () => bodies.pieces(sizeBytes) },
  });
  const archiveId = String(response.headers["x-amz-archive-id"]);
  const jobId = await client.initiateJob(VAULT, {
    Type: "archive-retrieval",
    ArchiveId: archiveId,
  });
  const job = await client.awaitJob(VAULT, jobId, 120_000);
  if (job.StatusCode !== "Succeeded") {
    throw new Error(`the retrieval ended ${job.StatusCode}: ${job.StatusMessage}; ${load.name}`);
  }
  return jobId;
}

function planDownloads(
  bench: Bench,
  what: { readonly shape: Shape; readonly target: Target; readonly jobId: string | undefined },
): LoadPlan {
  const { shape, target, jobId } = what;
  const ranges = shape.ranges.flatMap((range) => Array.from({ length: shape.atOnce }, () => range));
  const path = `${VAULT_PATH}/jobs/${jobId}/output`;
  const requests: PlannedRequest[] =
    jobId === undefined
      ? ranges.map((range) => ({
          head: plainGet(target.port, `/${FILE}`, range),
          bodyBytes: 0,
          status: range === undefined ? 200 : 206,
        }))
      : signRequests(target.port, ranges.length, (index) => {
          const range = ranges[index];
          const headers = range === undefined ? {} : { range };
          return { method: "GET", path, headers, status: range === undefined ? 200 : 206 };
        });
  return { connections: shape.atOnce, bodyFile: bench.bodies.path, requests };
}
