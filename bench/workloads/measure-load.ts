/** Runs a workload: the service and its rivals in turn, round after round. */
import type { LoadPlan, LoadResult } from "../load/plan.ts";
import type { Figures } from "../report/goals.ts";
import { measureHashRate } from "../report/hash-rate.ts";
import { median, quantile, roundTo, summarize } from "../report/statistics.ts";
import type { ServerUnderTest, Target } from "../service/server-under-test.ts";
import type { Bench, LoadWorkload } from "./workload.ts";

/** Processor time is counted in hundredths of a second; of less nothing is made. */
const CPU_SECONDS_MIN = 0.1;

/** One run against one server. */
interface Sample {
  /** In the workload's unit. */
  readonly rate: number;
  readonly result: LoadResult;
  /** Of the server. */
  readonly cpuSeconds: number;
}

interface ServiceSample extends Sample {
  readonly peakMib: number;
}

/** What one round found. */
interface Round {
  readonly hashMBps: number | undefined;
  readonly service: ServiceSample;
  readonly rivals: ReadonlyMap<string, Sample>;
}

/** The workload's figures, after one run to warm up that does not count. */
export async function measureLoad(workload: LoadWorkload, bench: Bench): Promise<Figures> {
  let service = await startPrepared(workload, bench);
  const rivals: Target[] = [];
  try {
    for (const start of workload.rivals) {
      const rival = await start(service);
      if (rival !== undefined) {
        rivals.push(rival);
        await workload.prepare(rival, service.client);
        await bench.load.run(rival.port, await workload.plan(rival, true));
      }
    }
    const rounds: Round[] = [];
    for (let round = 1; round <= bench.rounds; round += 1) {
      if (round > 1 && workload.freshEachRound) {
        await service.stop();
        service = await startPrepared(workload, bench);
      }
      rounds.push(await runRound(workload, { bench, service, rivals }));
    }
    return summarizeRounds(workload, rounds);
  } finally {
    await service.stop();
    await Promise.all(rivals.map((rival) => rival.stop()));
  }
}

async function startPrepared(workload: LoadWorkload, bench: Bench): Promise<ServerUnderTest> {
  const service = await bench.startService();
  await workload.prepare(service, service.client);
  await bench.load.run(service.port, await workload.plan(service, true));
  return service;
}

async function runRound(
  workload: LoadWorkload,
  parts: {
    readonly bench: Bench;
    readonly service: ServerUnderTest;
    readonly rivals: readonly Target[];
  },
): Promise<Round> {
  const { bench, service } = parts;
  const hashMBps = workload.hashes ? measureHashRate().mbPerSecond : undefined;
  const plan = await workload.plan(service, false);
  service.usage.resetPeak();
  const sample = await runOnce(workload, bench, { target: service, plan });
  const peakMib = service.usage.peakMib();
  const rivals = new Map<string, Sample>();
  for (const rival of parts.rivals) {
    const rivalPlan = await workload.plan(rival, false);
    rivals.set(rival.name, await runOnce(workload, bench, { target: rival, plan: rivalPlan }));
  }
  return { hashMBps, service: { ...sample, peakMib }, rivals };
}

async function runOnce(
  { unit }: LoadWorkload,
  { load }: Bench,
  { target, plan }: { readonly target: Target; readonly plan: LoadPlan },
): Promise<Sample> {
  const cpuBefore = target.usage.cpuSeconds();
  const result = await load.run(target.port, plan);
  const cpuSeconds = target.usage.cpuSeconds() - cpuBefore;
  const done = unit === "MB/s" ? movedBytes(result) / 1e6 : plan.requests.length;
  return { rate: done / result.seconds, result, cpuSeconds };
}

function movedBytes({ sentBodyBytes, receivedBytes }: LoadResult): number {
  return Math.max(sentBodyBytes, receivedBytes);
}

function summarizeRounds(workload: LoadWorkload, rounds: readonly Round[]): Figures {
  const { id, name, unit } = workload;
  const samples = rounds.map(({ service }) => service);
  const latenciesMs = samples.flatMap(({ result }) => result.latenciesMs);
  const cpuSeconds = sum(samples.map((sample) => sample.cpuSeconds));
  const clientCpuSeconds = sum(samples.map(({ result }) => result.clientCpuSeconds));
  const bytes = sum(samples.map(({ result }) => movedBytes(result)));
  return {
    id,
    name,
    unit,
    ...summarize(samples.map(({ rate }) => roundTo(rate, 4))),
    ...(unit === "MB/s"
      ? { cpuSecondsPerGb: roundTo(cpuSeconds / (bytes / 1e9), 3) }
      : {
          cpuMicrosPerRequest: Math.round((cpuSeconds / latenciesMs.length) * 1e6),
          p50Ms: roundTo(quantile(latenciesMs, 0.5), 3),
          p99Ms: roundTo(quantile(latenciesMs, 0.99), 3),
        }),
    peakMib: Math.max(...samples.map(({ peakMib }) => peakMib)),
    clientCpuShare: roundTo(clientCpuSeconds / (cpuSeconds + clientCpuSeconds), 2),
    ...compare(rounds),
  };
}

/** Each ratio is the median over the rounds, in which both took turns on the same machine. */
function compare(rounds: readonly Round[]): Pick<Figures, "ratios" | "rivals" | "cpuRatios"> {
  const ratios: Record<string, number> = {};
  const rivals: Record<string, number> = {};
  const cpuRatios: Record<string, number> = {};
  const hashed = rounds.flatMap(({ hashMBps, service }) =>
    hashMBps === undefined ? [] : [service.rate / hashMBps],
  );
  if (hashed.length > 0) {
    ratios["T"] = roundTo(median(hashed), 3);
    rivals["T"] = roundTo(median(rounds.map(({ hashMBps = 0 }) => hashMBps)), 4);
  }
  for (const name of rounds[0]?.rivals.keys() ?? []) {
    const pairs = rounds.flatMap(({ service, rivals: others }) => {
      const rival = others.get(name);
      return rival === undefined ? [] : [{ service, rival }];
    });
    rivals[name] = roundTo(median(pairs.map(({ rival }) => rival.rate)), 4);
    ratios[name] = roundTo(median(pairs.map(({ service, rival }) => service.rate / rival.rate)), 3);
    const [ours, theirs] = [pairs.map(({ service }) => service), pairs.map(({ rival }) => rival)];
    if (sum(theirs.map(({ cpuSeconds }) => cpuSeconds)) >= CPU_SECONDS_MIN) {
      cpuRatios[name] = roundTo(cpuPerUnit(ours) / cpuPerUnit(theirs), 3);
    }
  }
  return { ratios, rivals, cpuRatios };
}

/** Processor seconds per MB or request, in some measure that is the same for all servers of a workload. */
function cpuPerUnit(samples: readonly Sample[]): number {
  const units = sum(samples.map(({ rate, result }) => rate * result.seconds));
  return sum(samples.map(({ cpuSeconds }) => cpuSeconds)) / units;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
