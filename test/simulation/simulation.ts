/**
 * A random life of the service: clients act, time passes, disks rot, processes die. A model remembers what
 * was acknowledged; `check` compares the stores with it after every step, `finish` once all is quiet.
 */
import assert from "node:assert/strict";
import type { ByteRange } from "../../src/domain/byte-range.ts";
import type { ArchiveId, BlobId, JobId, UploadId } from "../../src/domain/ids.ts";
import type { InventoryFormat, Job, JobSucceeded } from "../../src/domain/job.ts";
import { MIB } from "../../src/domain/limits.ts";
import { RETRIEVAL_TIERS } from "../../src/domain/retrieval-tier.ts";
import { isTreeHashAligned, leafCount, treeHashOfNodes } from "../../src/domain/tree-hash.ts";
import { concatBytes, utf8Text } from "../../src/std/bytes.ts";
import { sha256 } from "../../src/std/hasher-node.ts";
import { FAILING_EXPRESSION } from "../support/copying-select-runner.ts";
import { Client, readManifest } from "./client.ts";
import { Crash } from "./crash.ts";
import { Random } from "./random.ts";
import { checkSelectEnded, checkSelectInProgress } from "./select-outcome.ts";
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  type Node,
  SECOND_MS,
  type World,
  type WorldSettings,
} from "./world.ts";

interface ModelArchive {
  readonly archiveId: ArchiveId;
  readonly vaultId: number;
  readonly data: Uint8Array;
  readonly description: string | undefined;
  isDeleted: boolean;
  /** Leaves of the archive whose bytes were damaged. */
  readonly damagedLeaves: Set<number>;
}

interface ModelJob {
  readonly jobId: JobId;
  readonly vaultId: number;
  /** As first seen ended. */
  ended: Job | undefined;
  output: Uint8Array | undefined;
  /** Why the job can't succeed, once that is sure. */
  mustFail: string | undefined;
}

const EXPIRY_SLACK_MS = 15 * SECOND_MS;

/** Outputs are read when their job ends, and then now and then. */
const OUTPUT_CHECK_PROBABILITY = 0.25;

/** Bytes that every archive is cut from. */
const source = makeSource(6 * MIB);

function makeSource(sizeBytes: number): Uint8Array {
  const words = new Uint32Array(sizeBytes / 4);
  const random = new Random(1);
  for (let at = 0; at < words.length; at += 1) {
    words[at] = Math.floor(random.next() * 2 ** 32);
  }
  return new Uint8Array(words.buffer);
}

export function settingsOf(seed: number): Partial<WorldSettings> {
  const random = new Random(seed ^ 0x5eed);
  return {
    inventory: random.chance(0.5)
      ? { kind: "live" }
      : { kind: "periodic", intervalMs: random.chance(0.5) ? HOUR_MS : DAY_MS },
    concurrency: 1 + random.below(4),
    leaseMs: random.chance(0.5) ? MINUTE_MS : 10 * SECOND_MS,
  };
}

export class Simulation {
  readonly world: World;
  readonly #random: Random;
  readonly #vaultIds = new Set<number>();
  readonly #archives: ModelArchive[] = [];
  readonly #jobs: ModelJob[] = [];
  readonly #uploads: { uploadId: UploadId; vaultId: number }[] = [];
  /** Archives whose upload failed for sure. */
  readonly #absentArchives: ArchiveId[] = [];
  readonly #missingBlobs = new Set<BlobId>();
  #vaultNumber = 0;

  constructor(world: World, random: Random) {
    this.world = world;
    this.#random = random;
  }

  /** One step: perhaps a crash to come, then some actions at once, or time, or damage. */
  async step(): Promise<void> {
    const { plan } = this.world;
    plan.point = this.#random.chance(0.4)
      ? 2 * plan.effectCount + 2 + this.#random.below(80)
      : undefined;
    const dice = this.#random.next();
    if (dice < 0.3) {
      await this.passTime();
    } else if (dice < 0.36) {
      await this.damage();
    } else if (dice < 0.4) {
      await this.world.crash();
    } else if (dice < 0.44) {
      await this.deleteVault();
    } else {
      await this.#actAtOnce(1 + this.#random.below(3));
    }
    plan.point = undefined;
    await this.world.alive();
    await this.check();
  }

  async #actAtOnce(count: number): Promise<void> {
    await this.world.alive();
    const actions = Array.from({ length: count }, () => this.#act());
    await Promise.all(actions);
    await this.world.settle();
  }

  async #act(): Promise<void> {
    const vaultId = this.#random.pick([...this.#vaultIds]);
    const dice = this.#random.next();
    if (vaultId === undefined || dice < 0.05) {
      await this.createVault();
    } else if (dice < 0.35) {
      await this.uploadArchive(vaultId, this.#randomData());
    } else if (dice < 0.5) {
      await this.multipartUpload(vaultId, 1 + this.#random.below(3), this.#random.next());
    } else if (dice < 0.6) {
      await this.deleteArchive(this.#random.pick(this.#liveArchives()));
    } else if (dice < 0.77) {
      await this.retrieveArchive(this.#random.pick(this.#liveArchives()));
    } else if (dice < 0.87) {
      const isFailing = this.#random.chance(0.3);
      await this.queryArchive(this.#random.pick(this.#liveArchives()), isFailing);
    } else {
      await this.retrieveInventory(vaultId);
    }
  }

  /** The archive itself when it is stored, else `undefined`. */
  storedArchive(archive: ModelArchive): ModelArchive | undefined {
    return this.#liveArchives().find((one) => one === archive);
  }

  /** Runs `action` on the living node; `undefined` when the process died under it. */
  async #attempt<T>(action: (client: Client, node: Node) => Promise<T>): Promise<T | undefined> {
    const node = this.world.node;
    if (node?.process.isAlive !== true) {
      return undefined;
    }
    try {
      return await action(new Client(this.world, node), node);
    } catch (error) {
      if (error instanceof Crash) {
        await this.world.settle();
        return undefined;
      }
      throw error;
    }
  }

  async createVault(): Promise<number | undefined> {
    this.#vaultNumber += 1;
    const name = `vault-${this.#vaultNumber}`;
    const vault = await this.#attempt((client) => client.createVault(name));
    if (vault !== undefined) {
      this.#vaultIds.add(vault.vaultId);
    }
    return vault?.vaultId;
  }

  async deleteVault(): Promise<void> {
    const vaultId = this.#random.pick([...this.#vaultIds]);
    if (vaultId === undefined) {
      return;
    }
    await this.#attempt((client) => client.deleteVault(vaultId));
    await this.world.settle();
    if ((await this.world.metadata.vaults.get(vaultId)) === undefined) {
      assert.deepEqual(
        this.#liveArchives().filter((archive) => archive.vaultId === vaultId),
        [],
        "only a vault without archives can be deleted",
      );
      this.#vaultIds.delete(vaultId);
    }
  }

  async uploadArchive(vaultId: number, data: Uint8Array): Promise<ModelArchive> {
    const description = this.#random.chance(0.5) ? `archive, "${data.length}"` : undefined;
    const archive = this.#newArchive(vaultId, data, description);
    const { archiveId } = archive;
    const upload = { archiveId, data, description };
    const isDone = await this.#attempt(async (client) => {
      await client.uploadArchive(vaultId, upload);
      return true;
    });
    await this.#learnArchive(archive, isDone === true);
    return archive;
  }

  /** `fate` decides whether the upload is completed, aborted or left alone. */
  async multipartUpload(vaultId: number, partCount: number, fate: number): Promise<void> {
    const lastSize = 1 + this.#random.below(2000);
    const offset = this.#random.below(2 * MIB);
    const data = source.subarray(offset, offset + (partCount - 1) * MIB + lastSize);
    const archive = this.#newArchive(vaultId, data, undefined);
    const uploadId = this.#newUploadId();
    this.#uploads.push({ uploadId, vaultId });
    const isDone = await this.#attempt(async (client) => {
      await client.initiateUpload(vaultId, uploadId);
      for (let part = partCount - 1; part >= 0; part -= 1) {
        const bytes = data.subarray(part * MIB, (part + 1) * MIB);
        for (let times = this.#random.below(2); times >= 0; times -= 1) {
          await client.uploadPart(uploadId, part * MIB, bytes);
        }
      }
      if (fate < 0.6) {
        const treeHash = treeHashOfNodes(leavesOf(data), sha256);
        return await client.completeUpload(vaultId, uploadId, archive.archiveId, treeHash);
      }
      if (fate < 0.8) {
        await client.abortUpload(uploadId);
      }
      return false;
    });
    await this.#learnArchive(archive, isDone === true);
  }

  async deleteArchive(archive: ModelArchive | undefined): Promise<void> {
    if (archive === undefined) {
      return;
    }
    const { vaultId, archiveId } = archive;
    const isDone = await this.#attempt((client) => client.deleteArchive(vaultId, archiveId));
    if (isDone === undefined) {
      const record = await this.world.metadata.archives.find(archiveId);
      archive.isDeleted = record?.deletedSequence !== undefined;
    } else {
      archive.isDeleted = true;
    }
  }

  async retrieveArchive(archive: ModelArchive | undefined): Promise<void> {
    if (archive === undefined) {
      return;
    }
    const { vaultId, archiveId } = archive;
    const range = this.#random.chance(0.5) ? this.#randomRange(archive.data.length) : undefined;
    const tier = this.#random.pick(RETRIEVAL_TIERS)!;
    const job = this.#newJob(vaultId);
    const wanted = { archiveId, range, tier };
    const isDone = await this.#attempt((client) =>
      client.initiateRetrieval(vaultId, job.jobId, wanted),
    );
    await this.#learnJob(job, isDone);
  }

  async queryArchive(archive: ModelArchive | undefined, isFailing: boolean): Promise<void> {
    if (archive === undefined) {
      return;
    }
    const { vaultId, archiveId } = archive;
    const tier = this.#random.pick(RETRIEVAL_TIERS)!;
    const expression = isFailing ? FAILING_EXPRESSION : "SELECT * FROM archive";
    const job = this.#newJob(vaultId);
    const isDone = await this.#attempt((client) =>
      client.initiateSelect(vaultId, job.jobId, { archiveId, expression, tier }),
    );
    await this.#learnJob(job, isDone);
  }

  async retrieveInventory(vaultId: number): Promise<void> {
    const job = this.#newJob(vaultId);
    const limit = this.#random.chance(0.3) ? 1 + this.#random.below(4) : undefined;
    const format: InventoryFormat = this.#random.chance(0.5) ? "JSON" : "CSV";
    const dated = this.#random.chance(0.2);
    const atMs = this.world.time.nowMs - this.#random.below(5) * HOUR_MS;
    const startDate = dated ? { text: "start", atMs } : undefined;
    const isDone = await this.#attempt((client) =>
      client.initiateInventory(vaultId, job.jobId, { limit, format, startDate }),
    );
    await this.#learnJob(job, isDone);
  }

  /** Time passes in steps; at some of them clients act while the engine wakes. */
  async passTime(): Promise<void> {
    const delays = [SECOND_MS, 30 * SECOND_MS, 5 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 9 * HOUR_MS];
    const delayMs = this.#random.chance(0.1) ? 26 * HOUR_MS : this.#random.pick(delays)!;
    const steps = 1 + this.#random.below(4);
    for (let step = 0; step < steps; step += 1) {
      await this.world.alive();
      await this.world.settle();
      this.world.time.nowMs += delayMs / steps;
      this.world.time.wakeDue();
      await this.#actAtOnce(this.#random.below(3));
    }
  }

  /** Damages one blob of a live archive: a flipped bit, a lost tail or a lost blob. */
  async damage(): Promise<void> {
    const archive = this.#random.pick(this.#liveArchives());
    const record = archive && (await this.world.metadata.archives.find(archive.archiveId));
    if (archive === undefined || record === undefined) {
      return;
    }
    const range = { start: 0, endExclusive: archive.data.length };
    const { manifests } = this.world.metadata;
    const parts = await manifests.listPartsInRange(record.manifestId, range, 100);
    const part = this.#random.pick(parts)!;
    if (!this.world.blobs.contents.blobs.has(part.blobId) || archive.damagedLeaves.size > 0) {
      return;
    }
    const offset = this.#random.below(part.sizeBytes);
    const firstLeaf = Math.floor((part.startBytes + offset) / MIB);
    const endLeaf = part.startBytes / MIB + leafCount(part.sizeBytes);
    const dice = this.#random.next();
    if (dice < 0.6) {
      this.world.blobs.corrupt(part.blobId, offset);
      archive.damagedLeaves.add(firstLeaf);
      return;
    }
    if (dice < 0.8) {
      this.world.blobs.truncate(part.blobId, offset);
    } else {
      this.world.blobs.drop(part.blobId);
      this.#missingBlobs.add(part.blobId);
    }
    const from = dice < 0.8 ? firstLeaf : part.startBytes / MIB;
    for (let leaf = from; leaf < endLeaf; leaf += 1) {
      archive.damagedLeaves.add(leaf);
    }
  }

  /** Compares the stores with the model. The engine is at rest and alive. */
  async check(): Promise<void> {
    for (const vaultId of this.#vaultIds) {
      await this.#checkVault(vaultId);
    }
    for (const archive of this.#archives) {
      await this.#checkArchiveRecord(archive);
    }
    for (const archiveId of this.#absentArchives) {
      assert.equal(await this.world.metadata.archives.find(archiveId), undefined);
    }
    for (const job of this.#jobs) {
      await this.#checkJob(job);
    }
  }

  /** Lets all work and all retention end, then checks that exactly what is still wanted is stored. */
  async finish(): Promise<void> {
    await this.world.alive();
    await this.world.pass(10 * HOUR_MS, 10);
    await this.check();
    for (const job of this.#jobs) {
      const isStored = this.#vaultIds.has(job.vaultId);
      assert.ok(job.ended !== undefined || !isStored, `job ${job.jobId} never ended`);
    }
    await this.world.pass(54 * HOUR_MS, 18);
    await this.check();
    for (const { uploadId } of this.#uploads) {
      assert.equal(await this.world.metadata.uploads.find(uploadId), undefined, "upload kept");
    }
    const wanted: BlobId[] = [];
    for (const archive of this.#liveArchives()) {
      wanted.push(...(await this.#checkArchiveBytes(archive)));
    }
    const expected = wanted.filter((blobId) => !this.#missingBlobs.has(blobId));
    const { blobs, temporary } = this.world.blobs.contents;
    assert.deepEqual([...blobs.keys()].sort(), expected.sort(), "blobs at the end");
    assert.equal(temporary.size, 0, "temporary files at the end");
    this.#checkLog();
  }

  async #checkVault(vaultId: number): Promise<void> {
    const live = this.#liveArchives().filter((archive) => archive.vaultId === vaultId);
    const vault = await this.world.metadata.vaults.get(vaultId);
    assert.ok(vault !== undefined, `vault ${vaultId} is gone`);
    assert.equal(vault.archiveCount, live.length, "archive counter");
    const sum = live.reduce((total, archive) => total + BigInt(archive.data.length), 0n);
    assert.equal(vault.archiveBytes, sum, "byte counter");
    const { lastInventory } = vault;
    if (lastInventory !== undefined) {
      const listed = await this.#archivesOfSnapshot(vaultId, lastInventory.changeSequence);
      assert.equal(lastInventory.archiveCount, listed.length, "archives of the last inventory");
    }
  }

  async #checkArchiveRecord(archive: ModelArchive): Promise<void> {
    if (!this.#vaultIds.has(archive.vaultId)) {
      return;
    }
    const record = await this.world.metadata.archives.find(archive.archiveId);
    assert.ok(record !== undefined, `archive ${archive.archiveId} was acknowledged and is gone`);
    assert.equal(record.deletedSequence !== undefined, archive.isDeleted, "deleted or not");
    assert.equal(record.sizeBytes, archive.data.length);
    if (archive.isDeleted) {
      return;
    }
    const limit = 100;
    const page = { manifestId: record.manifestId, fromStartBytes: 0, limit };
    let end = 0;
    for (const part of await this.world.metadata.manifests.listPartsPage(page)) {
      assert.equal(part.startBytes, end, "parts follow each other");
      end += part.sizeBytes;
      const isStored = this.world.blobs.contents.blobs.has(part.blobId);
      assert.ok(isStored || this.#missingBlobs.has(part.blobId), `blob ${part.blobId} is gone`);
    }
    assert.equal(end, record.sizeBytes, "parts cover the archive");
  }

  /** The archive's bytes, MiB by MiB but for those damaged; returns its blobs. */
  async #checkArchiveBytes(archive: ModelArchive): Promise<BlobId[]> {
    const record = (await this.world.metadata.archives.find(archive.archiveId))!;
    assert.equal(record.treeHash, treeHashOfNodes(leavesOf(archive.data), sha256));
    const range = { start: 0, endExclusive: archive.data.length };
    const { manifests } = this.world.metadata;
    const parts = await manifests.listPartsInRange(record.manifestId, range, 100);
    if (archive.damagedLeaves.size === 0) {
      const bytes = await readManifest(this.world, record.manifestId, range);
      assert.ok(isSame(bytes, archive.data), `bytes of archive ${archive.archiveId}`);
    }
    return parts.map((part) => part.blobId);
  }

  async #checkJob(job: ModelJob): Promise<void> {
    const { nowMs } = this.world.time;
    const found = await this.world.metadata.jobs.find(job.jobId);
    if (!this.#vaultIds.has(job.vaultId)) {
      assert.equal(found, undefined, "jobs vanish with their vault");
      return;
    }
    if (job.ended !== undefined && job.ended.status !== "InProgress") {
      const { expiresAtMs } = job.ended;
      if (found === undefined || nowMs >= expiresAtMs) {
        assert.ok(nowMs >= expiresAtMs, `job ${job.jobId} was forgotten before its time`);
        const isLate = nowMs > expiresAtMs + EXPIRY_SLACK_MS;
        assert.ok(found === undefined || !isLate, `job ${job.jobId} outlives its time`);
        return;
      }
      assert.deepEqual(found, job.ended, "an ended job never changes");
      if (this.#random.chance(OUTPUT_CHECK_PROBABILITY)) {
        await this.#checkOutput(job, job.ended);
      }
      return;
    }
    assert.ok(found !== undefined, `job ${job.jobId} vanished before it ended`);
    if (found.status !== "InProgress") {
      job.ended = found;
      this.#checkEnd(job, found);
      await this.#checkOutput(job, found);
      return;
    }
    job.mustFail ??= this.#reasonToFail(found);
    checkSelectInProgress(this.world.results, found);
  }

  #checkEnd(job: ModelJob, ended: Exclude<Job, { status: "InProgress" }>): void {
    const { nowMs } = this.world.time;
    assert.ok(nowMs >= ended.dueAtMs, `job ${job.jobId} ended before it was due`);
    assert.ok(ended.completedAtMs >= ended.dueAtMs && ended.completedAtMs <= nowMs);
    assert.equal(ended.expiresAtMs, ended.completedAtMs + this.world.settings.jobRetentionMs);
    if (ended.status === "Succeeded") {
      assert.equal(job.mustFail, undefined, `job ${job.jobId} succeeded`);
      return;
    }
    const reason = job.mustFail ?? this.#reasonToFail(ended);
    assert.ok(reason !== undefined, `job ${job.jobId} failed without reason: ${ended.message}`);
    if (ended.message.startsWith("The query failed: CastFailed: ")) {
      return;
    }
    const isDeletion = ended.message === "The archive was deleted before the job completed.";
    assert.ok(isDeletion || ended.message.startsWith("The archive is damaged"), ended.message);
  }

  #reasonToFail({ request }: Job): string | undefined {
    if (request.kind === "InventoryRetrieval") {
      return undefined;
    }
    const archive = this.#archives.find((one) => one.archiveId === request.archiveId)!;
    if (archive.isDeleted) {
      return "deleted";
    }
    const whole = { start: 0, endExclusive: archive.data.length };
    if (this.#isDamaged(archive, request.kind === "Select" ? whole : request.range)) {
      return "damaged";
    }
    const isFailing =
      request.kind === "Select" && request.parameters.expression === FAILING_EXPRESSION;
    return isFailing ? "query" : undefined;
  }

  #isDamaged(archive: ModelArchive, range: ByteRange): boolean {
    return [...archive.damagedLeaves].some(
      (leaf) => leaf * MIB < range.endExclusive && (leaf + 1) * MIB > range.start,
    );
  }

  async #checkOutput(job: ModelJob, ended: Exclude<Job, { status: "InProgress" }>): Promise<void> {
    const { request } = ended;
    if (request.kind === "Select") {
      const archive = this.#archives.find((one) => one.archiveId === request.archiveId)!;
      checkSelectEnded(this.world.results, ended, archive.data);
      return;
    }
    if (ended.status !== "Succeeded") {
      return;
    }
    if (request.kind === "ArchiveRetrieval") {
      await this.#checkRetrieved(ended, request);
      return;
    }
    assert.ok(ended.output !== undefined);
    const bytes = await readManifest(this.world, ended.output.manifestId, ended.output.range);
    if (job.output === undefined) {
      await this.#checkInventory(ended, utf8Text(bytes));
    }
    job.output ??= bytes;
    assert.ok(isSame(bytes, job.output), "an output never changes");
  }

  async #checkRetrieved(
    ended: JobSucceeded,
    request: Extract<Job["request"], { kind: "ArchiveRetrieval" }>,
  ): Promise<void> {
    const archive = this.#archives.find((one) => one.archiveId === request.archiveId)!;
    assert.ok(ended.output !== undefined);
    const { range, treeHash, manifestId } = ended.output;
    assert.deepEqual(range, request.range);
    const wanted = archive.data.subarray(range.start, range.endExclusive);
    const isAligned = isTreeHashAligned(range, archive.data.length);
    const expected = isAligned ? treeHashOfNodes(leavesOf(wanted), sha256) : undefined;
    assert.equal(treeHash, expected, "tree hash of the output");
    if (!this.#isDamaged(archive, range)) {
      const bytes = await readManifest(this.world, manifestId, range);
      assert.ok(isSame(bytes, wanted), "bytes of the output");
    }
  }

  async #checkInventory(ended: JobSucceeded, text: string): Promise<void> {
    assert.ok(ended.request.kind === "InventoryRetrieval" && ended.output !== undefined);
    const { snapshot, format, limit, startDate } = ended.request;
    const archives = (
      await this.#archivesOfSnapshot(ended.vaultId, snapshot.changeSequence)
    ).filter((archive) => archive.createdAtMs >= (startDate?.atMs ?? 0));
    const ids = archives.map((archive) => archive.archiveId);
    const listed =
      format === "JSON"
        ? (JSON.parse(text) as { ArchiveList: { ArchiveId: ArchiveId }[] }).ArchiveList.map(
            (item) => item.ArchiveId,
          )
        : text
            .split("\n")
            .slice(1, -1)
            .map((line) => line.slice(0, line.indexOf(",")));
    assert.deepEqual(listed, ids.slice(0, limit ?? ids.length), "archives of the inventory");
    assert.equal(
      ended.output.nextPosition?.archiveId,
      limit === undefined ? undefined : ids[limit],
    );
    assert.equal(ended.output.treeHash, undefined);
  }

  /** By the model's own reckoning, in inventory order. */
  async #archivesOfSnapshot(vaultId: number, changeSequence: number) {
    const records = await Promise.all(
      this.#archives
        .filter((archive) => archive.vaultId === vaultId)
        .map((archive) => this.world.metadata.archives.find(archive.archiveId)),
    );
    return records
      .filter((record) => record !== undefined)
      .filter(
        (record) =>
          record.createdSequence <= changeSequence &&
          (record.deletedSequence === undefined || record.deletedSequence > changeSequence),
      )
      .sort(
        (left, right) =>
          left.createdAtMs - right.createdAtMs || compareIds(left.archiveId, right.archiveId),
      );
  }

  /** Errors in the log come from crashes alone. */
  #checkLog(): void {
    const unexpected = this.world.log.filter(
      ({ level, fields, message }) =>
        (level === "error" || level === "warn") &&
        !(fields["err"] instanceof Crash) &&
        message !== "an archive is damaged in storage",
    );
    assert.deepEqual(unexpected, [], "errors in the log");
  }

  #liveArchives(): ModelArchive[] {
    return this.#archives.filter((archive) => !archive.isDeleted);
  }

  #newArchive(vaultId: number, data: Uint8Array, description: string | undefined): ModelArchive {
    const archiveId = this.world.node!.ids.archiveId();
    return { archiveId, vaultId, data, description, isDeleted: false, damagedLeaves: new Set() };
  }

  #newUploadId(): UploadId {
    return this.world.node!.ids.uploadId();
  }

  #newJob(vaultId: number): ModelJob {
    const jobId = this.world.node!.ids.jobId();
    return { jobId, vaultId, ended: undefined, output: undefined, mustFail: undefined };
  }

  /** Takes the archive into the model if it was acknowledged, or stored before its client heard of it. */
  async #learnArchive(archive: ModelArchive, isAcknowledged: boolean): Promise<void> {
    const isStored =
      isAcknowledged || (await this.world.metadata.archives.find(archive.archiveId)) !== undefined;
    if (isStored) {
      this.#archives.push(archive);
    } else {
      this.#absentArchives.push(archive.archiveId);
    }
  }

  async #learnJob(job: ModelJob, isAcknowledged: boolean | undefined): Promise<void> {
    if (isAcknowledged ?? (await this.world.metadata.jobs.find(job.jobId)) !== undefined) {
      this.#jobs.push(job);
    }
  }

  #randomData(): Uint8Array {
    const isLarge = this.#random.chance(0.15);
    const sizeBytes = 1 + this.#random.below(isLarge ? 3 * MIB : 3000);
    const offset = this.#random.below(source.length - sizeBytes);
    return source.subarray(offset, offset + sizeBytes);
  }

  /** A range that begins at a MiB and ends at one or at the end. */
  #randomRange(sizeBytes: number): ByteRange {
    const leaves = leafCount(sizeBytes);
    const first = this.#random.below(leaves);
    const end = first + 1 + this.#random.below(leaves - first);
    return { start: first * MIB, endExclusive: Math.min(end * MIB, sizeBytes) };
  }
}

/** Ids are ordered as the bytes they stand for, in which they grow with time. */
function compareIds(left: ArchiveId, right: ArchiveId): number {
  return Buffer.compare(Buffer.from(left, "base64url"), Buffer.from(right, "base64url"));
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

function leavesOf(data: Uint8Array): Uint8Array {
  const leaves: Uint8Array[] = [];
  for (let leaf = 0; leaf < leafCount(data.length); leaf += 1) {
    leaves.push(sha256(data.subarray(leaf * MIB, (leaf + 1) * MIB)));
  }
  return concatBytes(leaves);
}
