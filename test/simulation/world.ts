/**
 * The engine on stores that outlive it: processes boot, crash and boot again on the same metadata and the
 * same blobs, under a clock that only the simulation moves.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  emptyContents,
  type MemoryBlobs,
  openMemoryBlobs,
} from "../../src/adapters/blobs-memory/memory-blobs.ts";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import {
  type MemoryResults,
  openMemoryResults,
} from "../../src/adapters/results-memory/memory-results.ts";
import type { InventoryMode } from "../../src/domain/inventory.ts";
import { JOB_KINDS, type JobKind } from "../../src/domain/job.ts";
import { createJobEngine, type JobEngine } from "../../src/engine/jobs/scheduler.ts";
import { beginBoot } from "../../src/engine/maintenance/begin-boot.ts";
import { createMaintenance, type Maintenance } from "../../src/engine/maintenance/maintenance.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { IdSource } from "../../src/ports/id-source.ts";
import type { Logger } from "../../src/ports/logger.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import type { ResultStore } from "../../src/ports/result-store.ts";
import type { SelectRunner } from "../../src/ports/select-runner.ts";
import { sha256 } from "../../src/std/hasher-node.ts";
import { createCopyingRunner } from "../support/copying-select-runner.ts";
import { Crash, CrashPlan, Process, wrapBlobs, wrapMetadata, wrapResults } from "./crash.ts";
import { createSimulatedIds } from "./simulated-ids.ts";
import { VirtualTime } from "./virtual-time.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** What a living process offers to the operations that run in it. */
export interface Node {
  readonly process: Process;
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly results: ResultStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly engine: JobEngine;
  readonly maintenance: Maintenance;
}

export interface WorldSettings {
  readonly inventory: InventoryMode;
  readonly jobRetentionMs: number;
  readonly uploadRetentionMs: number;
  readonly leaseMs: number;
  readonly kinds: readonly JobKind[];
  readonly concurrency: number;
  /** False where a test wants to run the tasks by hand. */
  readonly maintenanceRuns: boolean;
}

export const defaultSettings: WorldSettings = {
  inventory: { kind: "live" },
  jobRetentionMs: DAY_MS,
  uploadRetentionMs: DAY_MS,
  leaseMs: MINUTE_MS,
  kinds: JOB_KINDS,
  concurrency: 3,
  maintenanceRuns: true,
};

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export class World {
  readonly time = new VirtualTime();
  readonly plan = new CrashPlan();
  /** The bytes that outlive every process, as a store that no process owns. */
  readonly blobs: MemoryBlobs = openMemoryBlobs(emptyContents());
  /** The buckets, which outlive every process too. */
  readonly results: MemoryResults = openMemoryResults();
  readonly metadata: MetadataStore;
  readonly settings: WorldSettings;
  readonly log: LogLine[] = [];
  readonly counted = new Map<string, number>();
  readonly #idCounter = { value: 0 };
  node: Node | undefined;
  boots = 0;

  private constructor(metadata: MetadataStore, settings: WorldSettings) {
    this.metadata = metadata;
    this.settings = settings;
  }

  static async open(settings: Partial<WorldSettings> = {}): Promise<World> {
    const metadata = await openSqliteMetadata({ file: ":memory:", logger: silent });
    return new World(metadata, { ...defaultSettings, ...settings });
  }

  async close(): Promise<void> {
    await this.settle();
    await this.metadata.close();
  }

  /** Boots until a boot survives; the living node. `decorate` may put faults around its stores. */
  async boot(decorate: Partial<Decorators> = {}): Promise<Node> {
    for (;;) {
      try {
        this.node = await this.#bootOnce({ ...noDecorators, ...decorate });
        await this.settle();
        return this.node;
      } catch (error) {
        if (!(error instanceof Crash)) {
          throw error;
        }
        await this.settle();
      }
    }
  }

  /** Kills the living process without any warning. */
  async crash(): Promise<void> {
    this.node?.process.die();
    await this.settle();
  }

  /** The living node, booted anew when the last one died. */
  async alive(): Promise<Node> {
    return this.node?.process.isAlive === true ? this.node : await this.boot();
  }

  /** Lets everything happen that can happen without time passing. */
  async settle(): Promise<void> {
    let quietTurns = 0;
    for (let turns = 0; quietTurns < 2; turns += 1) {
      if (turns > 100_000) {
        throw new Error("the engine never comes to rest");
      }
      await nextTurn();
      await this.time.beforeWake?.();
      const isBusy = this.plan.pendingCalls > 0 || this.time.wakeDue();
      quietTurns = isBusy ? 0 : quietTurns + 1;
    }
  }

  /** Time passes at once, as for a process that was not scheduled meanwhile. */
  async jump(delayMs: number): Promise<void> {
    await this.settle();
    this.time.nowMs += delayMs;
    await this.settle();
  }

  /** Time passes in `steps` equal steps; a process that died is started again. */
  async pass(delayMs: number, steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.alive();
      await this.jump(delayMs / steps);
    }
    await this.alive();
  }

  async #bootOnce(decorators: Decorators): Promise<Node> {
    const process = new Process(this.plan, () => this.time.drop(process));
    const metadata = decorators.metadata(wrapMetadata(process, this.metadata));
    const stored = openMemoryBlobs(this.blobs.contents);
    const blobs = decorators.blobs(wrapBlobs(process, stored));
    const results = decorators.results(wrapResults(process, this.results));
    const clock = this.time.clockOf(process);
    const boot = await beginBoot({ metadata, blobs, clock });
    this.boots += 1;
    const ids = createSimulatedIds(this.#idCounter, () => boot);
    const shared = {
      metadata,
      blobs,
      results,
      clock,
      logger: this.#logger(),
      metrics: this.#metrics(),
    };
    const { settings } = this;
    const notifications = { describeJob, wakeDispatcher: () => undefined };
    const engine = createJobEngine({
      ...shared,
      ids,
      sha256,
      sha256Aside: async (data) => sha256(data),
      selectRunner: decorators.selectRunner(createCopyingRunner(() => process.checkAlive())),
      settings,
      describeVaultArn,
      ...notifications,
    });
    const maintenance = createMaintenance({ ...shared, boot, settings });
    engine.start();
    if (settings.maintenanceRuns) {
      maintenance.start();
    }
    return { process, metadata, blobs, results, clock, ids, engine, maintenance };
  }

  #logger(): Logger {
    const write = (level: LogLine["level"]) => (fields: object, message: string) => {
      this.log.push({ level, fields: { ...fields }, message });
    };
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
    };
  }

  #metrics() {
    const count = (name: string, by: number) => {
      this.counted.set(name, (this.counted.get(name) ?? 0) + by);
    };
    return {
      requestFinished: () => {},
      jobFinished: (facts: { status: string }) => count(`job ${facts.status}`, 1),
      maintenance: (facts: { task: string; count: number }) => count(facts.task, facts.count),
      scrubbed: (facts: { blobs: number }) => count("scrubbed", facts.blobs),
      copyRepaired: (facts: { outcome: string }) => count(`copy ${facts.outcome}`, 1),
      scrubState: () => {},
    };
  }
}

export interface Decorators {
  metadata(store: MetadataStore): MetadataStore;
  blobs(store: BlobStore): BlobStore;
  results(store: ResultStore): ResultStore;
  selectRunner(runner: SelectRunner): SelectRunner;
}

const noDecorators: Decorators = {
  metadata: (store) => store,
  blobs: (store) => store,
  results: (store) => store,
  selectRunner: (runner) => runner,
};

/** What the simulated topics would be told. */
export function describeJob(_vault: unknown, job: { readonly jobId: string }): string {
  return job.jobId;
}

export function describeVaultArn(vault: { readonly vaultName: string }): string {
  return `arn:aws:glacier:simulated:111122223333:vaults/${vault.vaultName}`;
}
