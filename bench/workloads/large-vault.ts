/** Requests to a vault with millions of archives, against the same to one with a thousand beside it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Of } from "../../test/support/payload.ts";
import type { LoadPlan } from "../load/plan.ts";
import { median, quantile, roundTo, summarize } from "../report/statistics.ts";
import { pickArchiveIds, type SeededVault } from "../service/seed-vaults.ts";
import type { ServerUnderTest } from "../service/server-under-test.ts";
import { type RequestFacts, signRequests } from "../service/signed-requests.ts";
import { formatCount } from "./sizes.ts";
import type { Bench, Measurement } from "./workload.ts";

const REQUESTS = 250;
const SMALL: SeededVault = { name: "small", archives: 1_000 };
/** Jobs wait, so that nothing but the requests takes time; there are no bytes to retrieve either. */
const FLAGS = ["--scrub-rate", "off", "--tier-delays", "Expedited=1d,Standard=1d,Bulk=1d"];

/** What is asked of a vault. */
interface Question {
  readonly id: string;
  readonly name: string;
  /** The bodies of jobs to initiate; nothing to describe the vault. */
  listJobs(archiveIds: readonly string[]): readonly object[] | undefined;
}

const questions: readonly Question[] = [
  { id: "describe-vault-10m", name: "DescribeVault", listJobs: () => undefined },
  {
    id: "initiate-archive-10m",
    name: "InitiateJob of an archive",
    listJobs: (archiveIds) =>
      archiveIds.map((ArchiveId) => ({ Type: "archive-retrieval", ArchiveId })),
  },
  {
    id: "initiate-inventory-10m",
    name: "InitiateJob of an inventory",
    listJobs: (archiveIds) => archiveIds.map(() => ({ Type: "inventory-retrieval" })),
  },
];

/** One measurement per question, of a vault with `archives`. */
export function listLargeVault(bench: Bench, archives: number): readonly Measurement[] {
  const large = { name: "large", archives };
  return questions.map((question) => {
    const name = `${question.name}, vault of ${formatCount(archives)}`;
    return { id: question.id, name, run: () => compareVaults(bench, { question, name, large }) };
  });
}

async function compareVaults(
  bench: Bench,
  what: { readonly question: Question; readonly name: string; readonly large: SeededVault },
) {
  const { question, name, large } = what;
  const dataDir = await bench.seed([SMALL, large]);
  const file = join(dataDir, "metadata.db");
  const service = await bench.startService({ dataDir, flags: FLAGS });
  try {
    const ask = async (vault: SeededVault) => {
      const ids = pickArchiveIds(file, vault, REQUESTS);
      const plan = planRequests(bench, service, { vault, jobs: question.listJobs(ids) });
      const cpuBefore = service.usage.cpuSeconds();
      const { latenciesMs } = await bench.load.run(service.port, plan);
      return { latenciesMs, cpuSeconds: service.usage.cpuSeconds() - cpuBefore };
    };
    await ask(SMALL);
    await ask(large);
    service.usage.resetPeak();
    const pairs: { readonly small: Asked; readonly large: Asked }[] = [];
    for (let round = 1; round <= bench.rounds * 2; round += 1) {
      pairs.push({ small: await ask(SMALL), large: await ask(large) });
    }
    return {
      id: question.id,
      name,
      unit: "ms" as const,
      peakMib: service.usage.peakMib(),
      ...summarizePairs(pairs),
    };
  } finally {
    await service.stop();
  }
}

/** What came of one plan. */
interface Asked {
  readonly latenciesMs: readonly number[];
  readonly cpuSeconds: number;
}

function summarizePairs(pairs: readonly { readonly small: Asked; readonly large: Asked }[]) {
  const against = `${formatCount(SMALL.archives)} archives`;
  const smallMs = pairs.map(({ small }) => median(small.latenciesMs));
  const largeMs = pairs.map(({ large }) => median(large.latenciesMs));
  const all = pairs.flatMap(({ large }) => large.latenciesMs);
  const cpuSeconds = (of: "small" | "large") =>
    pairs.reduce((total, pair) => total + pair[of].cpuSeconds, 0);
  const ratio = median(largeMs.map((largeOne, index) => largeOne / (smallMs[index] ?? 0)));
  return {
    ...summarize(largeMs.map((ms) => roundTo(ms, 3))),
    p50Ms: roundTo(quantile(all, 0.5), 3),
    p99Ms: roundTo(quantile(all, 0.99), 3),
    cpuMicrosPerRequest: Math.round((cpuSeconds("large") / all.length) * 1e6),
    ratios: { [against]: roundTo(ratio, 3) },
    rivals: { [against]: roundTo(median(smallMs), 3) },
    cpuRatios: { [against]: roundTo(cpuSeconds("large") / cpuSeconds("small"), 3) },
  };
}

function planRequests(
  bench: Bench,
  service: ServerUnderTest,
  asked: { readonly vault: SeededVault; readonly jobs: readonly object[] | undefined },
): LoadPlan {
  const path = `/-/vaults/${asked.vault.name}`;
  const { jobs } = asked;
  if (jobs === undefined) {
    const describe = (): RequestFacts => ({ method: "GET", path, status: 200 });
    const requests = signRequests(service.port, REQUESTS, describe);
    return { connections: 1, bodyFile: bench.bodies.path, requests };
  }
  const texts = jobs.map((job) => Buffer.from(JSON.stringify(job)));
  const bodyFile = join(bench.folder, "jobs");
  writeFileSync(bodyFile, Buffer.concat(texts));
  let offset = 0;
  const bodies = texts.map((text) => {
    const body = { sizeBytes: text.length, sha256: sha256Of(text), offset };
    offset += text.length;
    return body;
  });
  const requests = signRequests(service.port, bodies.length, (index) => {
    const body = bodies[index];
    const facts = { method: "POST", path: `${path}/jobs`, status: 202 };
    return body === undefined ? facts : { ...facts, body };
  });
  return { connections: 1, bodyFile, requests };
}
