/** Runs histories in worker threads: without the test runner's hooks, and on every core. */
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type HistoryFacts, runHistory } from "./history.ts";
import { type DefectName, knownDefects } from "./known-defects.ts";
import { openReusedMetadata } from "./reused-metadata.ts";

interface Share {
  readonly seeds: readonly number[];
  readonly defect: DefectName | undefined;
}

/** Runs the histories of `count` seeds from `firstSeed` on; rejects with the first failure. */
export async function runHistories(
  firstSeed: number,
  count: number,
  defect?: DefectName,
): Promise<HistoryFacts[]> {
  const workers = Math.min(availableParallelism(), 8, count);
  const seeds = Array.from({ length: count }, (_, index) => firstSeed + index);
  const threads: Worker[] = [];
  const shares = Array.from({ length: workers }, (_, worker) => {
    const own = seeds.filter((_seed, index) => index % workers === worker);
    return runShare({ seeds: own, defect }, threads);
  });
  try {
    return (await Promise.all(shares)).flat();
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

/** The sums of all numbers, and how many kinds of places processes died at. */
export function sumFacts(facts: readonly HistoryFacts[]) {
  const sum = (of: (one: HistoryFacts) => number) =>
    facts.reduce((total, one) => total + of(one), 0);
  return {
    histories: facts.length,
    acknowledged: sum((one) => one.acknowledged),
    refused: sum((one) => one.refused),
    inDoubt: sum((one) => one.inDoubt),
    crashes: sum((one) => one.crashes),
    powerLosses: sum((one) => one.powerLosses),
    faults: sum((one) => one.faults),
    effects: sum((one) => one.effects),
    crashPlaces: new Set(facts.flatMap((one) => one.crashedAt)).size,
  };
}

function runShare(share: Share, threads: Worker[]): Promise<HistoryFacts[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    threads.push(worker);
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function serveShare({ seeds, defect }: Share): Promise<void> {
  const reused = await openReusedMetadata();
  const facts: HistoryFacts[] = [];
  try {
    for (const seed of seeds) {
      reused.empty();
      facts.push(
        await runHistory(
          seed,
          reused.metadata,
          defect === undefined ? undefined : knownDefects[defect],
        ),
      );
    }
  } finally {
    await reused.close();
  }
  parentPort?.postMessage(facts);
}

if (!isMainThread) {
  await serveShare(workerData as Share);
}
