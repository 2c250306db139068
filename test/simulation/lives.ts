/** Lives of the engine, run in worker threads: without the test runner's hooks, and on every core. */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { MIB } from "../../src/domain/limits.ts";
import { Random } from "./random.ts";
import { Simulation, settingsOf } from "./simulation.ts";
import { HOUR_MS, MINUTE_MS, World } from "./world.ts";

const STEPS = 25;
const WORKERS = 2;

/** Either seeds of random lives, or crash points of the fixed scenario; none is the scenario undisturbed. */
export type Life =
  | { readonly kind: "Seed"; readonly seed: number }
  | { readonly kind: "Point"; readonly point: number | undefined };

export interface LifeFacts {
  readonly boots: number;
  readonly effectCount: number;
  readonly crashedAt: string | undefined;
  readonly counted: ReadonlyMap<string, number>;
}

/** Runs every life; rejects with the first failure. */
export async function runLives(lives: readonly Life[]): Promise<LifeFacts[]> {
  const shares = Array.from({ length: WORKERS }, (_, worker) =>
    lives.filter((_life, index) => index % WORKERS === worker),
  );
  return (await Promise.all(shares.map(runShare))).flat();
}

function runShare(lives: readonly Life[]): Promise<LifeFacts[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: lives });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function runLife(life: Life): Promise<LifeFacts> {
  const world = life.kind === "Seed" ? await runSeed(life.seed) : await runPoint(life.point);
  const { effectCount, crashedAt } = world.plan;
  return { boots: world.boots, effectCount, crashedAt, counted: world.counted };
}

async function runSeed(seed: number): Promise<World> {
  const world = await World.open(settingsOf(seed));
  const simulation = new Simulation(world, new Random(seed));
  await world.boot();
  for (let step = 0; step < STEPS; step += 1) {
    try {
      await simulation.step();
    } catch (error) {
      throw new Error(`seed ${seed}, step ${step} (replay: SEED=${seed})`, { cause: error });
    }
  }
  try {
    await simulation.finish();
  } catch (error) {
    throw new Error(`seed ${seed}, at the end (replay: SEED=${seed})`, { cause: error });
  }
  await world.crash();
  await world.close();
  return world;
}

/** A short life in which every kind of effect happens at least once; its client repeats what crashed. */
async function runScenario(point: number | undefined): Promise<World> {
  const world = await World.open({ inventory: { kind: "periodic", intervalMs: HOUR_MS } });
  world.plan.point = point;
  const simulation = new Simulation(world, new Random(7));
  await world.boot();
  let vaultId: number | undefined;
  while (vaultId === undefined) {
    await world.alive();
    vaultId = await simulation.createVault();
  }
  await world.alive();
  const archive = await simulation.uploadArchive(vaultId, new Uint8Array(MIB + 5).fill(7));
  await world.alive();
  await simulation.multipartUpload(vaultId, 2, 0);
  await world.alive();
  await simulation.multipartUpload(vaultId, 1, 0.7);
  await world.alive();
  await simulation.multipartUpload(vaultId, 1, 1);
  await world.alive();
  await world.pass(HOUR_MS, 3);
  await world.alive();
  await simulation.retrieveArchive(simulation.storedArchive(archive));
  await world.alive();
  await simulation.retrieveInventory(vaultId);
  await world.alive();
  await simulation.queryArchive(simulation.storedArchive(archive), false);
  await world.alive();
  await simulation.queryArchive(simulation.storedArchive(archive), true);
  await world.alive();
  await world.pass(9 * HOUR_MS, 6);
  await world.alive();
  await simulation.check();
  await simulation.deleteArchive(simulation.storedArchive(archive));
  await world.alive();
  await world.pass(30 * MINUTE_MS, 3);
  await world.alive();
  await simulation.check();
  await simulation.finish();
  await world.crash();
  await world.close();
  return world;
}

async function runPoint(point: number | undefined): Promise<World> {
  try {
    return await runScenario(point);
  } catch (error) {
    throw new Error(`the scenario fails with a crash at point ${point}`, { cause: error });
  }
}

if (!isMainThread) {
  const facts: LifeFacts[] = [];
  for (const life of workerData as readonly Life[]) {
    facts.push(await runLife(life));
  }
  parentPort?.postMessage(facts);
}
