/**
 * A process that can die between any two effects: decorators count the effects of a process on its stores,
 * and from the planned one on every call of that process throws.
 */
import type { BlobStore, BlobWriter } from "../../src/ports/blob-store.ts";
import type { MetadataSession, MetadataStore } from "../../src/ports/metadata-store.ts";
import type { ResultStore, ResultWriter } from "../../src/ports/result-store.ts";

/** What every call of a dead process throws. It looks like no error the product knows. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/**
 * Counts effects over all processes of a simulation and holds the plan. Point 2n dies before effect n, point
 * 2n+1 right after it.
 */
export class CrashPlan {
  effectCount = 0;
  /** Calls that have not returned yet, of dead processes too. */
  pendingCalls = 0;
  point: number | undefined;
  /** What happened at the point, for the message of a failure. */
  crashedAt: string | undefined;
}

export class Process {
  readonly #plan: CrashPlan;
  readonly #onDeath: () => void;
  isAlive = true;

  constructor(plan: CrashPlan, onDeath: () => void) {
    this.#plan = plan;
    this.#onDeath = onDeath;
  }

  die(): void {
    this.isAlive = false;
    this.#onDeath();
  }

  checkAlive(): void {
    if (!this.isAlive) {
      throw new Crash("this process is dead");
    }
  }

  async read<T>(run: () => T | Promise<T>): Promise<T> {
    this.checkAlive();
    this.#plan.pendingCalls += 1;
    try {
      return await run();
    } finally {
      this.#plan.pendingCalls -= 1;
      this.checkAlive();
    }
  }

  async effect<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.checkAlive();
    this.#plan.effectCount += 1;
    const effect = this.#plan.effectCount;
    this.#dieAt(2 * effect, `before ${name}`);
    const result = await this.read(run);
    this.#dieAt(2 * effect + 1, `after ${name}`);
    return result;
  }

  /** An effect that blocks the thread which asks for it. */
  effectNow<T>(name: string, run: () => T): T {
    this.checkAlive();
    this.#plan.effectCount += 1;
    const effect = this.#plan.effectCount;
    this.#dieAt(2 * effect, `before ${name}`);
    const result = run();
    this.#dieAt(2 * effect + 1, `after ${name}`);
    return result;
  }

  #dieAt(point: number, where: string): void {
    if (this.#plan.point === point) {
      this.#plan.crashedAt = where;
      this.die();
      throw new Crash(`planned crash ${where}`);
    }
  }
}

const metadataReads = new Set([
  "count",
  "find",
  "findByEndpoint",
  "findByToken",
  "findKnownBlobs",
  "get",
  "list",
  "listCollectable",
  "listIds",
  "listConfirmed",
  "listExpired",
  "listIdle",
  "listInventoryDue",
  "listPage",
  "listPartsInRange",
  "listPartsPage",
  "listSnapshotPage",
  "listWaiting",
  "listUnexpired",
  "countExpedited",
  "countGarbage",
  "countArchives",
  "countJobs",
  "countUploads",
  "findFirstDueJob",
  "findArchive",
  "findPart",
  "findWalk",
  "listArchives",
  "listDamagedBlobs",
  "listOpen",
  "listParts",
  "listVaults",
  "findBytesOfDay",
  "sumHourlyRates",
  "findPolicy",
  "lockPolicy",
  "lock",
  "nextClaimableAtMs",
  "summarize",
  "wasDeleted",
]);

type AnyMethods = Record<string, (...args: unknown[]) => Promise<unknown>>;

function wrapNoun<T>(process: Process, noun: string, store: T): T {
  return new Proxy(store as AnyMethods, {
    get(methods, property) {
      const name = String(property);
      return (...args: unknown[]) => {
        const run = () => methods[name]!(...args);
        return metadataReads.has(name) ? process.read(run) : process.effect(`${noun}.${name}`, run);
      };
    },
  }) as T;
}

function wrapSession(process: Process, session: MetadataSession): MetadataSession {
  const nouns = Object.entries(session).map(([noun, store]) => [
    noun,
    wrapNoun(process, noun, store),
  ]);
  return Object.fromEntries(nouns) as MetadataSession;
}

/** The metadata as `process` sees it. */
export function wrapMetadata(process: Process, metadata: MetadataStore): MetadataStore {
  return {
    ...wrapSession(process, metadata),
    smallArchives: wrapNoun(process, "smallArchives", metadata.smallArchives),
    transaction: (run) =>
      process.effect("transaction", () =>
        metadata.transaction((session) => run(wrapSession(process, session))),
      ),
    close: () => Promise.resolve(),
  };
}

/** The blob store as `process` sees it. */
export function wrapBlobs(process: Process, blobs: BlobStore): BlobStore {
  return {
    openWriter: async (blobId, expectedSizeBytes) =>
      wrapWriter(
        process,
        await process.effect("openWriter", () => blobs.openWriter(blobId, expectedSizeBytes)),
      ),
    async *read(blobId, range) {
      process.checkAlive();
      for await (const chunk of blobs.read(blobId, range)) {
        process.checkAlive();
        yield chunk;
      }
    },
    hashLeaves: (blobId, range) => process.read(() => blobs.hashLeaves(blobId, range)),
    remove: (blobId) => process.effect("blobs.remove", () => blobs.remove(blobId)),
    async *list() {
      process.checkAlive();
      for await (const batch of blobs.list()) {
        process.checkAlive();
        yield batch;
      }
    },
    sweepTemporary: () => process.effect("sweepTemporary", () => blobs.sweepTemporary()),
    findPlace: (blobId) => process.read(() => blobs.findPlace(blobId)),
    findSize: (blobId) => process.read(() => blobs.findSize(blobId)),
    describeSpace: () => process.read(() => blobs.describeSpace()),
    lastBoot: () => process.read(() => blobs.lastBoot()),
    beginBoot: (boot) => process.effect("beginBoot", () => blobs.beginBoot(boot)),
    close: () => Promise.resolve(),
  };
}

function wrapWriter(process: Process, writer: BlobWriter): BlobWriter {
  return {
    write: (chunk) => process.read(() => writer.write(chunk)),
    finish: () => process.effect("writer.finish", () => writer.finish()),
    commit: () => process.effect("writer.commit", () => writer.commit()),
    abort: () => process.effect("writer.abort", () => writer.abort()),
  };
}

/** The buckets as `process` sees them. */
export function wrapResults(process: Process, results: ResultStore): ResultStore {
  return {
    partMaxBytes: results.partMaxBytes,
    openWriter: async (destination, key) =>
      wrapResultWriter(process, await process.read(() => results.openWriter(destination, key))),
    async *list(destination, prefix) {
      process.checkAlive();
      for await (const key of results.list(destination, prefix)) {
        process.checkAlive();
        yield key;
      }
    },
    remove: (destination, key) =>
      process.effect("results.remove", () => results.remove(destination, key)),
    find: (found) => process.read(() => results.find(found)),
    close: () => Promise.resolve(),
  };
}

function wrapResultWriter(process: Process, writer: ResultWriter): ResultWriter {
  return {
    write: (chunk) => process.read(() => writer.write(chunk)),
    commit: () => process.effect("results.commit", () => writer.commit()),
    abort: () => writer.abort(),
  };
}
