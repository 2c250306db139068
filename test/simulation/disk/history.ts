/** One seeded history: clients act, disks fail, processes die, the power fails; every promise is checked throughout. */
import assert from "node:assert/strict";
import type { MetadataStore } from "../../../src/ports/metadata-store.ts";
import { Random } from "../random.ts";
import { type Defect, DiskWorld, HOUR_MS, MINUTE_MS, SECOND_MS } from "./disk-world.ts";
import { HistoryActions } from "./history-actions.ts";
import { checkHistory, listWantedBlobs } from "./history-checks.ts";
import { HistoryModel } from "./history-model.ts";

const STEPS = 4;
/** So many effects lie ahead of a planned crash at most. */
const CRASH_WITHIN_EFFECTS = 60;

export interface HistoryFacts {
  readonly acknowledged: number;
  readonly refused: number;
  readonly inDoubt: number;
  /** Processes that died, planned crashes and kills. */
  readonly crashes: number;
  readonly powerLosses: number;
  /** Operations that were made to fail. */
  readonly faults: number;
  readonly effects: number;
  /** Kinds of effects that a process died before or after. */
  readonly crashedAt: readonly string[];
}

/** Runs the history of `seed` on emptied metadata; rejects when a promise is broken. */
export async function runHistory(
  seed: number,
  metadata: MetadataStore,
  defect?: Defect,
): Promise<HistoryFacts> {
  const random = new Random(seed);
  const world = new DiskWorld(metadata, random, defect);
  const model = new HistoryModel();
  const history = new History(world, model, random);
  try {
    await history.run();
  } catch (error) {
    throw new Error(`seed ${seed}, ${history.where} (replay: SEED=${seed})`, { cause: error });
  }
  const { acknowledged, refused, inDoubt } = model;
  const { powerLosses, faults, plan } = world;
  const crashes = world.boots - 1;
  const { crashedAt } = history;
  const facts = { acknowledged, refused, inDoubt, crashes, powerLosses, crashedAt };
  return { ...facts, faults: faults.injected, effects: plan.effectCount };
}

class History {
  readonly #world: DiskWorld;
  readonly #model: HistoryModel;
  readonly #random: Random;
  readonly #actions: HistoryActions;
  readonly crashedAt: string[] = [];
  where = "at the start";

  constructor(world: DiskWorld, model: HistoryModel, random: Random) {
    this.#world = world;
    this.#model = model;
    this.#random = random;
    this.#actions = new HistoryActions(world, model, random);
  }

  async run(): Promise<void> {
    if (this.#random.chance(0.05)) {
      // A first start that is cut short, among hundreds of folders that are made.
      this.#world.plan.point = this.#random.below(1200);
    } else {
      this.#world.plantFolders();
    }
    await this.#world.alive();
    this.#noteCrash();
    for (let step = 0; step < STEPS; step += 1) {
      this.where = `step ${step}`;
      await this.#step();
    }
    this.where = "at the end";
    await this.#finish();
    await this.#world.kill();
  }

  async #step(): Promise<void> {
    const world = this.#world;
    const { powerLosses: powerLossesBefore, boots: bootsBefore } = world;
    const { plan } = world;
    plan.point = this.#random.chance(0.5)
      ? 2 * plan.effectCount + 2 + this.#random.below(2 * CRASH_WITHIN_EFFECTS)
      : undefined;
    this.#planFaults();
    if (this.#random.chance(0.25)) {
      const delayMs = this.#random.pick([SECOND_MS, MINUTE_MS, HOUR_MS, 2 * HOUR_MS])!;
      world.time.nowMs += delayMs;
      world.time.wakeDue();
    }
    const actions = Array.from({ length: 1 + this.#random.below(4) }, () => this.#actions.act());
    await Promise.all(actions);
    await world.settle();
    this.#noteCrash();
    world.faults.clear();
    world.metadataFaults = 0;
    if (this.#random.chance(0.15)) {
      await world.kill();
    }
    await this.#restart();
    const powerWasLost = world.powerLosses > powerLossesBefore;
    if (powerWasLost || world.boots > bootsBefore || this.#random.chance(0.3)) {
      await checkHistory(world, this.#model, { withBytes: powerWasLost });
    }
  }

  /** Boots may be cut short too. */
  async #restart(): Promise<void> {
    const { plan } = this.#world;
    plan.point =
      this.#world.living?.process.isAlive !== true && this.#random.chance(0.3)
        ? 2 * plan.effectCount + 2 + this.#random.below(30)
        : undefined;
    await this.#world.alive();
    this.#noteCrash();
    await this.#world.alive();
  }

  #planFaults(): void {
    const { faults } = this.#world;
    const dice = this.#random.next();
    if (dice < 0.1) {
      faults.broken = 0.06;
    } else if (dice < 0.16) {
      faults.full = 0.3;
      this.#world.metadataFaults = 0.2;
    } else if (dice < 0.2) {
      faults.noDescriptors = 0.3;
    } else if (dice < 0.24) {
      this.#world.metadataFaults = 0.3;
    } else if (dice < 0.32) {
      faults.failingSyncs = 0.25;
    }
  }

  /** Lets all work and all retention end: exactly what is still wanted is stored then. */
  async #finish(): Promise<void> {
    const world = this.#world;
    for (const delayMs of [HOUR_MS + MINUTE_MS, 30 * MINUTE_MS]) {
      await world.pass(delayMs, 1);
    }
    await checkHistory(world, this.#model, { withBytes: false });
    for (const job of this.#model.jobs) {
      const isOver = job.presence === "Absent" || job.ended !== undefined;
      assert.ok(isOver, `${job.description} never ended`);
    }
    for (const upload of this.#model.uploads) {
      upload.presence = "Absent";
    }
    for (const vault of this.#model.vaults) {
      if (vault.lockStates.has("InProgress")) {
        vault.lockStates.add("None");
      }
    }
    await world.pass(25 * HOUR_MS, 1);
    // The last power loss shows whether all this lasts.
    await world.kill();
    world.losePower();
    await world.pass(MINUTE_MS, 1);
    await checkHistory(world, this.#model, { withBytes: true });
    const { blobs, temporary } = await world.listBlobs();
    assert.deepEqual(blobs, await listWantedBlobs(world, this.#model), "blobs at the end");
    assert.deepEqual(temporary, [], "temporary files at the end");
  }

  #noteCrash(): void {
    const { plan } = this.#world;
    plan.point = undefined;
    if (plan.crashedAt !== undefined) {
      this.crashedAt.push(plan.crashedAt);
      plan.crashedAt = undefined;
    }
  }
}
