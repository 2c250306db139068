/** The supervisor of all background tasks: runs each at start and then periodically, whatever fails. */
import type { InventoryMode } from "../../domain/inventory.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { assert } from "../../std/assert.ts";
import { expireOutputs } from "../jobs/expire-outputs.ts";
import { collectGarbage } from "./collect-garbage.ts";
import type { CollectionHold } from "./collection-hold.ts";
import { expireNotifications } from "./expire-notifications.ts";
import { expireUploads } from "./expire-uploads.ts";
import { forgetEndedUploads } from "./forget-ended-uploads.ts";
import type { MaintenanceStores, MaintenanceTask } from "./maintenance-task.ts";
import { purgeRemovedVaults } from "./purge-removed-vaults.ts";
import { refreshInventories } from "./refresh-inventories.ts";
import { createLeftoverSweep, type SweepReport } from "./sweep-leftovers.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export interface MaintenanceSettings {
  /** How long a multipart upload may be idle. */
  readonly uploadRetentionMs: number;
  readonly inventory: InventoryMode;
}

export interface MaintenanceServices extends MaintenanceStores {
  readonly metrics: Metrics;
  /** The boot of this process, from `beginBoot`. */
  readonly boot: number;
  readonly settings: MaintenanceSettings;
  /** Makes the collector wait; nobody does without. */
  readonly hold?: CollectionHold;
  /** Told what each whole sweep found. */
  readonly reportSweep?: (found: SweepReport) => void;
}

export interface Maintenance {
  /** Runs every task now and then at its interval; called once. */
  start(): void;
  /** Runs every task once, one after another. Never rejects: a failed task is logged. */
  runOnce(): Promise<void>;
  /** Ends all tasks between two of their steps and waits for that. */
  stop(): Promise<void>;
}

/** The background work over `services`; nothing runs until it is started. */
export function createMaintenance(services: MaintenanceServices): Maintenance {
  const stopping = new AbortController();
  const runs = listTasks(services).map((task) => superviseTask(services, task, stopping.signal));
  let loops: readonly Promise<void>[] | undefined;
  return {
    start() {
      assert(loops === undefined, "maintenance is started once");
      loops = runs.map((run) => run.repeatedly());
    },
    async runOnce() {
      for (const run of runs) {
        await run.once();
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops ?? []);
    },
  };
}

/** Every task; those that make garbage stand before the one that collects it. */
function listTasks(services: MaintenanceServices): readonly MaintenanceTask[] {
  const { settings } = services;
  return [
    {
      name: "expire-uploads",
      intervalMs: 10 * SECOND_MS,
      run: (signal) => expireUploads(services, settings.uploadRetentionMs, signal),
    },
    {
      name: "forget-ended-uploads",
      intervalMs: MINUTE_MS,
      run: () => forgetEndedUploads(services),
    },
    {
      name: "expire-outputs",
      intervalMs: 10 * SECOND_MS,
      run: (signal) => expireOutputs(services, signal),
    },
    {
      name: "expire-notifications",
      intervalMs: 10 * SECOND_MS,
      run: (signal) => expireNotifications(services, signal),
    },
    {
      name: "refresh-inventories",
      intervalMs: SECOND_MS,
      run: (signal) => refreshInventories(services, settings.inventory, signal),
    },
    {
      name: "purge-removed-vaults",
      intervalMs: 10 * SECOND_MS,
      run: (signal) => purgeRemovedVaults(services, signal),
    },
    {
      name: "collect-garbage",
      intervalMs: 5 * SECOND_MS,
      run: (signal) => collectGarbage(services, signal),
    },
    {
      name: "sweep-leftovers",
      intervalMs: HOUR_MS,
      run: createLeftoverSweep(services, services.boot, services.reportSweep),
    },
  ];
}

interface SupervisedTask {
  once(): Promise<void>;
  repeatedly(): Promise<void>;
}

/** `task` with its failures logged and its runs never overlapping: who comes during a run waits for it. */
function superviseTask(
  services: MaintenanceServices,
  task: MaintenanceTask,
  stopping: AbortSignal,
): SupervisedTask {
  let current: Promise<void> | undefined;
  const once = (): Promise<void> => {
    current ??= runTask(services, task, stopping).finally(() => {
      current = undefined;
    });
    return current;
  };
  return {
    once,
    async repeatedly() {
      while (!stopping.aborted) {
        await once();
        await services.clock.sleep(task.intervalMs, stopping);
      }
    },
  };
}

async function runTask(
  services: MaintenanceServices,
  task: MaintenanceTask,
  stopping: AbortSignal,
): Promise<void> {
  try {
    const count = await task.run(stopping);
    if (count > 0) {
      services.metrics.maintenance({ task: task.name, count });
    }
  } catch (error) {
    services.logger.error({ task: task.name, err: error }, "a background task failed");
  }
}
