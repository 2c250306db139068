/** Signed requests that ask for little: what the path of a request costs. */
import { recordAnswer, startBareHttp } from "../rivals/bare-http.ts";
import type { ServerUnderTest } from "../service/server-under-test.ts";
import { signRequests } from "../service/signed-requests.ts";
import { VAULT, VAULT_PATH } from "./sizes.ts";
import type { Bench, LoadWorkload } from "./workload.ts";

const CONNECTIONS = 32;
const VAULTS = 10;
const JOBS = 10;

/** Each against a bare server that gives the same answer. */
export function listLookups(bench: Bench): readonly LoadWorkload[] {
  return [
    lookups(bench, { id: "describe-vault", name: "DescribeVault", path: VAULT_PATH }),
    lookups(bench, { id: "list-vaults", name: `ListVaults of ${VAULTS}`, path: "/-/vaults" }),
    lookups(bench, { id: "list-jobs", name: `ListJobs of ${JOBS}`, path: `${VAULT_PATH}/jobs` }),
  ];
}

function lookups(
  bench: Bench,
  what: { readonly id: string; readonly name: string; readonly path: string },
): LoadWorkload {
  const count = Math.max(CONNECTIONS, Math.round(10_000 * bench.scale));
  const sign = (port: number, howMany: number) =>
    signRequests(port, howMany, () => ({ method: "GET", path: what.path, status: 200 }));
  return {
    id: what.id,
    name: `${what.name}, ${CONNECTIONS} at once`,
    unit: "req/s",
    hashes: false,
    freshEachRound: false,
    rivals: [
      async ({ port }) => {
        const [request] = sign(port, 1);
        return startBareHttp(await recordAnswer(port, request?.head ?? Buffer.alloc(0)));
      },
    ],
    prepare: async (target, client) => {
      if (target.name === "moraine") {
        await fill(client);
      }
    },
    plan: async (target) => ({
      connections: CONNECTIONS,
      bodyFile: bench.bodies.path,
      requests: sign(target.port, count),
    }),
  };
}

async function fill(client: ServerUnderTest["client"]): Promise<void> {
  await client.createVault(VAULT);
  for (let index = 1; index < VAULTS; index += 1) {
    await client.createVault(`${VAULT}-${index}`);
  }
  for (let index = 0; index < JOBS; index += 1) {
    const jobId = await client.initiateJob(VAULT, { Type: "inventory-retrieval" });
    await client.awaitJob(VAULT, jobId);
  }
}
