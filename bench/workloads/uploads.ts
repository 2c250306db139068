/** Archives sent whole and in parts. */
import type { Body } from "../load/body-file.ts";
import type { LoadPlan } from "../load/plan.ts";
import { startMoto } from "../rivals/moto.ts";
import { startSink } from "../rivals/sink.ts";
import type { ServerUnderTest, Target } from "../service/server-under-test.ts";
import { signRequests } from "../service/signed-requests.ts";
import { formatSize, MIB, VAULT, VAULT_PATH } from "./sizes.ts";
import type { Bench, LoadWorkload } from "./workload.ts";

/** Uploads of large archives, each at once as often as its name says. */
export function listLargeUploads(bench: Bench): readonly LoadWorkload[] {
  return [
    largeUploads(bench, { id: "upload-64m-x1", mib: 64, atOnce: 1, count: 8 }),
    largeUploads(bench, { id: "upload-64m-x4", mib: 64, atOnce: 4, count: 16 }),
    largeUploads(bench, { id: "upload-1g-x1", mib: 1024, atOnce: 1, count: 1 }),
    largeUploads(bench, { id: "upload-1g-x4", mib: 1024, atOnce: 4, count: 4 }),
    multipart(bench, { id: "multipart-8x16m", mib: 16, parts: 8 }),
  ];
}

/** Small archives, with 1, 8 and 64 connections. */
export function listSmallUploads(bench: Bench): readonly LoadWorkload[] {
  return [1, 8, 64].map((connections) => smallUploads(bench, connections));
}

function largeUploads(
  bench: Bench,
  shape: {
    readonly id: string;
    readonly mib: number;
    readonly atOnce: number;
    readonly count: number;
  },
): LoadWorkload {
  const sizeBytes = Math.max(1, Math.round(shape.mib * bench.scale)) * MIB;
  return {
    ...moves(bench, `upload ${formatSize(sizeBytes)} × ${shape.atOnce}`),
    id: shape.id,
    prepare: (target) => createVault(bench, target),
    plan: async (target, isWarmUp) =>
      planUploads(bench, target, {
        body: bench.bodies.body(isWarmUp ? Math.min(sizeBytes, 64 * MIB) : sizeBytes),
        connections: shape.atOnce,
        count: isWarmUp ? 2 : shape.count,
      }),
  };
}

function smallUploads(bench: Bench, connections: number): LoadWorkload {
  const count = Math.max(connections, Math.round((connections === 1 ? 1000 : 4000) * bench.scale));
  return {
    id: `small-${connections}`,
    name: `archives of 4 KiB, ${connections} at once`,
    unit: "req/s",
    hashes: false,
    freshEachRound: false,
    rivals: [() => startSink(bench.bodies.path), startMoto],
    prepare: (target) => createVault(bench, target),
    plan: async (target, isWarmUp) => {
      // What moto does in a second is enough to know its rate.
      const part = target.name === "moto" ? 8 : 1;
      return planUploads(bench, target, {
        body: bench.bodies.body(4096),
        connections,
        count: Math.max(connections, Math.round(count / (isWarmUp ? 2 * part : part))),
      });
    },
  };
}

/** What every workload has that moves bodies in. */
function moves(bench: Bench, name: string) {
  return {
    name,
    unit: "MB/s",
    hashes: true,
    freshEachRound: true,
    rivals: [() => startSink(bench.bodies.path)],
  } as const;
}

/** The sink says yes to this too. */
async function createVault(bench: Bench, target: Target): Promise<void> {
  const requests = signRequests(target.port, 1, () => ({
    method: "PUT",
    path: VAULT_PATH,
    status: 201,
  }));
  await bench.load.run(target.port, { connections: 1, bodyFile: bench.bodies.path, requests });
}

function planUploads(
  bench: Bench,
  target: Target,
  what: { readonly body: Body; readonly connections: number; readonly count: number },
): LoadPlan {
  const { body, connections, count } = what;
  return {
    connections,
    bodyFile: bench.bodies.path,
    requests: signRequests(target.port, count, () => ({
      method: "POST",
      path: `${VAULT_PATH}/archives`,
      headers: hashHeaders(body),
      body,
      status: 201,
    })),
  };
}

function hashHeaders(body: Body): Record<string, string> {
  return { "x-amz-content-sha256": body.sha256, "x-amz-sha256-tree-hash": body.treeHash };
}

/** All parts at once; opening the upload is outside the clock. */
function multipart(
  bench: Bench,
  shape: { readonly id: string; readonly mib: number; readonly parts: number },
): LoadWorkload {
  const partBytes = shape.mib * MIB;
  const clients = new Map<Target, ServerUnderTest["client"]>();
  return {
    ...moves(bench, `multipart ${shape.parts} × ${formatSize(partBytes)}`),
    id: shape.id,
    prepare: async (target, client) => {
      clients.set(target, client);
      await createVault(bench, target);
    },
    plan: async (target) => {
      const client = target.name === "moraine" ? clients.get(target) : undefined;
      const uploadId = (await client?.initiateMultipartUpload(VAULT, partBytes)) ?? "upload";
      const body = bench.bodies.body(partBytes);
      const status = client === undefined ? 201 : 204;
      return {
        connections: shape.parts,
        bodyFile: bench.bodies.path,
        requests: signRequests(target.port, shape.parts, (index) => ({
          method: "PUT",
          path: `${VAULT_PATH}/multipart-uploads/${uploadId}`,
          headers: {
            ...hashHeaders(body),
            "content-range": `bytes ${index * partBytes}-${(index + 1) * partBytes - 1}/*`,
          },
          body,
          status,
        })),
      };
    },
  };
}
