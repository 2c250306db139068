/**
 * The whole service but for HTTP, on a simulated disk: the operations, the engine and the maintenance over
 * the filesystem blob store. Processes die between any two effects, the power fails, and they boot again.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Files } from "../../../src/adapters/blobs-filesystem/files.ts";
import { openFilesystemBlobs } from "../../../src/adapters/blobs-filesystem/filesystem-blobs.ts";
import { shardNames } from "../../../src/adapters/blobs-filesystem/layout.ts";
import { createSmallBlobForm } from "../../../src/adapters/blobs-filesystem/small-blob-form.ts";
import { createSmallBlobs } from "../../../src/adapters/blobs-small/small-blobs.ts";
import { createIdentitySource } from "../../../src/adapters/identifiers/identity-source.ts";
import { openMemoryResults } from "../../../src/adapters/results-memory/memory-results.ts";
import { createSecretCipher } from "../../../src/adapters/secret-cipher/aes-secret-cipher.ts";
import { JOB_KINDS } from "../../../src/domain/job.ts";
import { MIB } from "../../../src/domain/limits.ts";
import { createIngest } from "../../../src/engine/ingest/ingest.ts";
import { createJobEngine, type JobEngine } from "../../../src/engine/jobs/scheduler.ts";
import { beginBoot } from "../../../src/engine/maintenance/begin-boot.ts";
import { createMaintenance } from "../../../src/engine/maintenance/maintenance.ts";
import { takeOver } from "../../../src/engine/maintenance/take-over.ts";
import { createQueueWaiters } from "../../../src/engine/notify/queue-waiters.ts";
import { createPolicyDocuments } from "../../../src/http/policy-documents.ts";
import { formatJobMessage } from "../../../src/operations/format-job-message.ts";
import type { Services } from "../../../src/operations/handler.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { MetadataStore } from "../../../src/ports/metadata-store.ts";
import type { SmallBlobForm } from "../../../src/ports/small-blobs.ts";
import { formatVaultArn } from "../../../src/protocol/arn.ts";
import { validateIdentityPolicy } from "../../../src/server/policy-validation.ts";
import { md5, sha256 } from "../../../src/std/hasher-node.ts";
import { createCopyingRunner } from "../../support/copying-select-runner.ts";
import { ACCOUNT_ID, silentLogger } from "../../support/metadata-builders.ts";
import { testSigner } from "../../support/test-signer.ts";
import { Crash, CrashPlan, Process, wrapBlobs, wrapMetadata, wrapResults } from "../crash.ts";
import type { Random } from "../random.ts";
import { createSimulatedIds } from "../simulated-ids.ts";
import { VirtualTime } from "../virtual-time.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { createSimulatedFiles, DiskFaults } from "./simulated-files.ts";
import { startSimulatedThread } from "./simulated-thread.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
const BLOBS_FOLDER = "/disk/blobs";

/** A mistake put between the product and the world, to see that the simulation finds it. */
export interface Defect {
  files?(files: Files): Files;
  blobs?(blobs: BlobStore): BlobStore;
}

/** A living process. */
export interface Living {
  readonly process: Process;
  readonly services: Services;
}

const policyDocuments = createPolicyDocuments();
const secretCipher = createSecretCipher(new Uint8Array(32).fill(7));

export class DiskWorld {
  readonly time = new VirtualTime();
  readonly plan = new CrashPlan();
  readonly disk = new SimulatedDisk();
  readonly faults = new DiskFaults();
  readonly results = openMemoryResults();
  /** As no process sees it: without faults and crashes. */
  readonly metadata: MetadataStore;
  /** How likely a transaction fails before its commit. */
  metadataFaults = 0;
  boots = 0;
  powerLosses = 0;
  living: Living | undefined;
  readonly #random: Random;
  readonly #defect: Defect;
  readonly #idCounter = { value: 0 };

  constructor(metadata: MetadataStore, random: Random, defect: Defect = {}) {
    this.metadata = metadata;
    this.#random = random;
    this.#defect = defect;
  }

  /** Puts the folders of a blob store on the disk that has seen no boot yet. */
  plantFolders(): void {
    const shards = shardNames().map((name) => `${BLOBS_FOLDER}/data/${name}`);
    this.disk.plant(
      [BLOBS_FOLDER, `${BLOBS_FOLDER}/data`, `${BLOBS_FOLDER}/tmp`, ...shards],
      new Map([[`${BLOBS_FOLDER}/boot`, "0\n"]]),
    );
  }

  /** The living process, booted anew when the last one died. Faults end with the process they killed. */
  async alive(): Promise<Living> {
    while (this.living?.process.isAlive !== true) {
      if (this.living !== undefined && this.#random.chance(0.6)) {
        this.losePower();
      }
      try {
        this.living = await this.#boot();
      } catch (error) {
        if (!(error instanceof Crash)) {
          throw error;
        }
      }
      await this.settle();
    }
    return this.living;
  }

  /** Ends the living process without any warning. */
  async kill(): Promise<void> {
    this.living?.process.die();
    await this.settle();
  }

  losePower(): void {
    this.powerLosses += 1;
    this.disk.losePower(this.#random);
  }

  /** Lets everything happen that can happen without time passing. */
  async settle(): Promise<void> {
    let quietTurns = 0;
    for (let turns = 0; quietTurns < 2; turns += 1) {
      if (turns > 100_000) {
        throw new Error("the engine never comes to rest");
      }
      await nextTurn();
      const isBusy = this.plan.pendingCalls > 0 || this.time.wakeDue();
      quietTurns = isBusy ? 0 : quietTurns + 1;
    }
  }

  /** Time passes in `steps` equal steps; a process that died is started again. */
  async pass(delayMs: number, steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.alive();
      this.time.nowMs += delayMs / steps;
      await this.settle();
    }
    await this.alive();
  }

  /** Names of the blobs that are stored, in files and rows, and of temporary files. */
  async listBlobs(): Promise<{ readonly blobs: string[]; readonly temporary: string[] }> {
    const rows = await this.metadata.smallBlobs.listIds({ after: undefined, limit: 10_000 });
    const files = [...this.disk.listFiles(`${BLOBS_FOLDER}/data`).keys()];
    return {
      blobs: [...files, ...rows].sort(),
      temporary: [...this.disk.listFiles(`${BLOBS_FOLDER}/tmp`).keys()],
    };
  }

  async #boot(): Promise<Living> {
    this.boots += 1;
    const process = new Process(this.plan, () => this.time.drop(process));
    const simulated = createSimulatedFiles({
      disk: this.disk,
      process,
      random: this.#random,
      faults: this.faults,
    });
    const files = this.#defect.files?.(simulated) ?? simulated;
    const stored = await openFilesystemBlobs({
      folder: BLOBS_FOLDER,
      logger: silentLogger,
      workers: 1,
      bufferBytesMax: MIB,
      files,
      startWorker: startSimulatedThread(files),
    });
    const onDisk = wrapBlobs(process, this.#defect.blobs?.(stored) ?? stored);
    const metadata = wrapMetadata(process, this.#failing(this.metadata));
    const form = createSmallBlobForm(undefined);
    const blobs = createSmallBlobs({ rows: metadata.smallBlobs, form, files: onDisk });
    // A process with a mirror writes files alone.
    const small = this.#random.chance(0.5) ? form : undefined;
    const clock = this.time.clockOf(process);
    const boot = await beginBoot({ metadata, blobs, clock });
    await takeOver({ metadata, blobs, clock, logger: silentLogger }, { kind: "live" });
    const ids = createSimulatedIds(this.#idCounter, () => boot);
    const results = wrapResults(process, this.results);
    const metrics = {
      requestFinished() {},
      jobFinished() {},
      maintenance() {},
      scrubbed() {},
      copyRepaired() {},
      scrubState() {},
    };
    const shared = { metadata, blobs, results, clock, ids, logger: silentLogger, metrics, sha256 };
    const engine = createJobEngine({
      ...shared,
      sha256Aside: async (data) => sha256(data),
      selectRunner: createCopyingRunner(() => process.checkAlive()),
      settings: { jobRetentionMs: DAY_MS, leaseMs: MINUTE_MS, kinds: JOB_KINDS, concurrency: 3 },
      describeVaultArn: formatVaultArn,
      describeJob: formatJobMessage,
      wakeDispatcher: () => undefined,
    });
    const maintenance = createMaintenance({
      ...shared,
      boot,
      settings: { uploadRetentionMs: DAY_MS, inventory: { kind: "live" } },
    });
    engine.start();
    maintenance.start();
    return { process, services: makeServices({ ...shared, small }, engine) };
  }

  /** Transactions that fail leave nothing: the database takes them back. */
  #failing(metadata: MetadataStore): MetadataStore {
    const mayFail = () => {
      if (this.#random.chance(this.metadataFaults)) {
        this.faults.injected += 1;
        throw Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR" });
      }
    };
    return {
      ...metadata,
      transaction: (run) =>
        metadata.transaction(async (session) => {
          mayFail();
          const result = await run(session);
          mayFail();
          return result;
        }),
      smallArchives: {
        add: (vaultId, decide) =>
          metadata.smallArchives.add(vaultId, (vault) => {
            mayFail();
            const archive = decide(vault);
            mayFail();
            return archive;
          }),
      },
      close: () => metadata.close(),
    };
  }
}

function makeServices(
  shared: Pick<
    Services,
    "metadata" | "blobs" | "results" | "clock" | "ids" | "logger" | "sha256"
  > & { readonly small: SmallBlobForm | undefined },
  engine: JobEngine,
): Services {
  const { metadata, blobs, results, clock, ids, logger, small } = shared;
  return {
    ...{ metadata, blobs, results, clock, ids, logger, sha256 },
    ingest: createIngest({ blobs, ids, sha256, small }),
    wakeJobEngine: () => engine.wake(),
    messaging: {
      signer: testSigner,
      queueWaiters: createQueueWaiters(clock),
      wakeDispatcher: () => undefined,
      allowPrivate: false,
      md5,
    },
    identity: {
      source: createIdentitySource(),
      cipher: secretCipher,
      validatePolicy: validateIdentityPolicy,
      operatorKey: { accountId: ACCOUNT_ID, accessKeyId: "MORAWORLDOPERATOR001" },
    },
    settings: {
      inventory: { kind: "live" },
      tierDelays: { Expedited: SECOND_MS, Standard: MINUTE_MS, Bulk: HOUR_MS },
      expeditedCapacity: "unlimited",
    },
    validatePolicy: policyDocuments.validate,
  };
}
