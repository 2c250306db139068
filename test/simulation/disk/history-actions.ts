/** What clients do in a history, and what they may conclude from the answers. */
import { MIB } from "../../../src/domain/limits.ts";
import type { Input } from "../../../src/protocol/operations.ts";
import { FAILING_EXPRESSION } from "../../support/copying-select-runner.ts";
import { describePayload, makePayload, type Payload } from "../../support/payload.ts";
import { BUCKET, PREFIX } from "../../support/select-builders.ts";
import type { Random } from "../random.ts";
import type { DiskWorld } from "./disk-world.ts";
import { type Answer, bodyOf, request } from "./history-client.ts";
import type {
  HistoryModel,
  ModelArchive,
  ModelJob,
  ModelUpload,
  ModelVault,
  Presence,
} from "./history-model.ts";

type JobParameters = NonNullable<Input<"InitiateJob">["jobParameters"]>;

const VAULTS_MAX = 2;
const KIB = 1024;
/** Bytes that every body is cut from. */
const source = makePayload(3 * MIB, "history").bytes;

export class HistoryActions {
  readonly #world: DiskWorld;
  readonly #model: HistoryModel;
  readonly #random: Random;
  readonly #busy = new Set<object>();
  #count = 0;

  constructor(world: DiskWorld, model: HistoryModel, random: Random) {
    this.#world = world;
    this.#model = model;
    this.#random = random;
  }

  /** One request, or some of one client after another. */
  async act(): Promise<void> {
    const random = this.#random;
    const vault = random.pick(this.#model.presentVaults());
    if (vault === undefined) {
      return await this.createVault();
    }
    const actions: readonly [number, () => Promise<void>][] = [
      [0.03, () => this.createVault()],
      [0.36, () => this.uploadArchive(vault)],
      [0.46, () => this.initiateUpload(vault)],
      [0.56, () => this.#alone(this.#pickUpload(), (upload) => this.uploadPart(upload))],
      [0.64, () => this.#alone(this.#pickUpload(), (upload) => this.completeUpload(upload))],
      [0.66, () => this.#alone(this.#pickUpload(), (upload) => this.abortUpload(upload))],
      [0.74, () => this.deleteArchive(random.pick(this.#model.presentArchives()))],
      [0.82, () => this.retrieve(random.pick(this.#model.presentArchives()))],
      [0.86, () => this.retrieveInventory(vault)],
      [0.9, () => this.select(random.pick(this.#model.presentArchives()))],
      [0.93, () => this.#alone(vault, () => this.tag(vault))],
      [0.98, () => this.#alone(vault, () => this.lock(vault))],
      [1, () => this.deleteVault(vault)],
    ];
    const dice = random.next();
    await actions.find(([below]) => dice < below)?.[1]();
  }

  /** Answers of requests about one thing tell its state only when they came one after another. */
  async #alone<T extends object>(
    thing: T | undefined,
    action: (thing: T) => Promise<void>,
  ): Promise<void> {
    if (thing === undefined || this.#busy.has(thing)) {
      return;
    }
    this.#busy.add(thing);
    try {
      await action(thing);
    } finally {
      this.#busy.delete(thing);
    }
  }

  #pickUpload(): ModelUpload | undefined {
    return this.#random.pick(this.#model.presentUploads());
  }

  async createVault(): Promise<void> {
    if (this.#model.vaults.length >= VAULTS_MAX) {
      return;
    }
    const vault: ModelVault = {
      name: `vault-${this.#number()}`,
      presence: "Absent",
      tags: new Map(),
      lockStates: new Set(["None"]),
      lockId: undefined,
    };
    this.#model.vaults.push(vault);
    const answer = request(this.#world, "CreateVault", { vaultName: vault.name });
    vault.presence = this.#presenceAfter(await answer, "Absent", "Present");
  }

  async deleteVault(vault: ModelVault): Promise<void> {
    vault.presence = "InDoubt";
    const answer = await request(this.#world, "DeleteVault", { vaultName: vault.name });
    vault.presence = this.#presenceAfter(answer, "Present", "Absent");
  }

  async uploadArchive(vault: ModelVault): Promise<void> {
    const payload = this.#randomPayload();
    const archive = this.#newArchive(vault, `archive ${this.#number()}`, payload);
    const answer = await request(this.#world, "UploadArchive", {
      vaultName: vault.name,
      archiveDescription: archive.description,
      checksum: payload.treeHash,
      body: bodyOf(payload),
    });
    this.#learnArchive(archive, answer);
  }

  async initiateUpload(vault: ModelVault): Promise<void> {
    const upload: ModelUpload = {
      description: `upload ${this.#number()}`,
      vault,
      uploadId: undefined,
      presence: "Absent",
      parts: new Map(),
    };
    const answer = await request(this.#world, "InitiateMultipartUpload", {
      vaultName: vault.name,
      archiveDescription: upload.description,
      partSize: String(MIB),
    });
    upload.presence = this.#presenceAfter(answer, "Absent", "Present");
    upload.uploadId = answer.kind === "Acknowledged" ? answer.output.uploadId : undefined;
    this.#model.uploads.push(upload);
    if (upload.presence === "Present") {
      await this.#alone(upload, () => this.uploadPart(upload));
    }
  }

  async uploadPart(upload: ModelUpload): Promise<void> {
    if (upload.uploadId === undefined) {
      return;
    }
    const isSecond = this.#random.chance(0.15);
    const start = isSecond ? MIB : 0;
    const isFull = !isSecond && this.#random.chance(0.1);
    const payload = isFull ? this.#payload(MIB) : this.#payload(1 + this.#random.below(3000));
    const before = upload.parts.get(start) ?? new Set<Payload | undefined>([undefined]);
    upload.parts.set(start, new Set([...before, payload]));
    const answer = await request(this.#world, "UploadMultipartPart", {
      vaultName: upload.vault.name,
      uploadId: upload.uploadId,
      range: `bytes ${start}-${start + payload.bytes.length - 1}/*`,
      checksum: payload.treeHash,
      body: bodyOf(payload),
    });
    this.#tally(answer);
    const possible = upload.parts.get(start)!;
    if (answer.kind === "Acknowledged") {
      // Others that are under way may still replace it.
      possible.delete(undefined);
      for (const one of before) {
        possible.delete(one);
      }
      possible.add(payload);
    } else if (answer.kind === "Refused") {
      possible.delete(payload);
      if (possible.size === 0) {
        possible.add(undefined);
      }
    }
  }

  async completeUpload(upload: ModelUpload): Promise<void> {
    if (upload.uploadId === undefined) {
      return;
    }
    const bytes: Buffer[] = [];
    for (const start of [0, MIB]) {
      const [part, ...others] = upload.parts.get(start) ?? [];
      if (others.length > 0) {
        return;
      }
      bytes.push(part?.bytes ?? Buffer.alloc(0));
    }
    const payload = describePayload(Buffer.concat(bytes));
    const archive = this.#newArchive(upload.vault, upload.description, payload);
    upload.presence = "InDoubt";
    const answer = await request(this.#world, "CompleteMultipartUpload", {
      vaultName: upload.vault.name,
      uploadId: upload.uploadId,
      archiveSize: String(payload.bytes.length),
      checksum: payload.treeHash,
    });
    this.#learnArchive(archive, answer);
    // A part that was sent meanwhile makes the sizes differ, which is refused.
    upload.presence = answer.kind === "Acknowledged" ? "Absent" : "InDoubt";
  }

  async abortUpload(upload: ModelUpload): Promise<void> {
    if (upload.uploadId === undefined) {
      return;
    }
    const { uploadId } = upload;
    upload.presence = "InDoubt";
    const input = { vaultName: upload.vault.name, uploadId };
    const answer = await request(this.#world, "AbortMultipartUpload", input);
    upload.presence = this.#presenceAfter(answer, "InDoubt", "Absent");
  }

  async deleteArchive(archive: ModelArchive | undefined): Promise<void> {
    if (archive?.archiveId === undefined) {
      return;
    }
    archive.presence = "InDoubt";
    const answer = await request(this.#world, "DeleteArchive", {
      vaultName: archive.vault.name,
      archiveId: archive.archiveId,
    });
    archive.presence = this.#presenceAfter(answer, "Present", "Absent");
    archive.deletionAsked ||= answer.kind !== "Refused";
  }

  async retrieve(archive: ModelArchive | undefined): Promise<void> {
    if (archive?.archiveId === undefined) {
      return;
    }
    const sizeBytes = archive.payload.bytes.length;
    const first = sizeBytes > MIB && this.#random.chance(0.5);
    const range = { start: 0, endExclusive: first ? MIB : sizeBytes };
    await this.#initiateJob(
      { vault: archive.vault, archive, kind: "archive", range },
      {
        Type: "archive-retrieval",
        ArchiveId: archive.archiveId,
        Tier: this.#random.pick(["Expedited", "Standard", "Bulk"] as const),
        ...(first ? { RetrievalByteRange: `0-${MIB - 1}` } : {}),
      },
    );
  }

  async retrieveInventory(vault: ModelVault): Promise<void> {
    const parameters = { Type: "inventory-retrieval", Format: "JSON" } as const;
    await this.#initiateJob({ vault, kind: "inventory" }, parameters);
  }

  async select(archive: ModelArchive | undefined): Promise<void> {
    if (archive?.archiveId === undefined) {
      return;
    }
    const isFailingQuery = this.#random.chance(0.2);
    const facts = { vault: archive.vault, archive, kind: "select", isFailingQuery } as const;
    await this.#initiateJob(facts, {
      Type: "select",
      ArchiveId: archive.archiveId,
      Tier: "Standard",
      SelectParameters: {
        Expression: isFailingQuery ? FAILING_EXPRESSION : "SELECT * FROM archive",
        ExpressionType: "SQL",
        InputSerialization: { csv: {} },
        OutputSerialization: { csv: {} },
      },
      OutputLocation: { S3: { BucketName: BUCKET, Prefix: PREFIX } },
    });
  }

  async tag(vault: ModelVault): Promise<void> {
    const key = this.#random.pick(["owner", "year"])!;
    const value = this.#random.chance(0.7) ? `value-${this.#number()}` : undefined;
    const before = vault.tags.get(key) ?? new Set([undefined]);
    vault.tags.set(key, new Set([...before, value]));
    const answer =
      value === undefined
        ? await request(this.#world, "RemoveTagsFromVault", {
            vaultName: vault.name,
            TagKeys: [key],
          })
        : await request(this.#world, "AddTagsToVault", {
            vaultName: vault.name,
            Tags: new Map([[key, value]]),
          });
    this.#tally(answer);
    const possible = vault.tags.get(key)!;
    if (answer.kind === "Acknowledged") {
      for (const one of before) {
        possible.delete(one);
      }
      possible.add(value);
    } else if (answer.kind === "Refused" && !before.has(value)) {
      possible.delete(value);
    }
  }

  /** Initiates a lock, or completes or aborts the one in progress. */
  async lock(vault: ModelVault): Promise<void> {
    const { name: vaultName, lockId, lockStates } = vault;
    const before = new Set(lockStates);
    const dice = this.#random.next();
    if (lockId !== undefined && dice < 0.6) {
      lockStates.add("Locked");
      const answer = await request(this.#world, "CompleteVaultLock", { vaultName, lockId });
      this.#learnLock(vault, answer, before, "Locked");
    } else if (dice < 0.75) {
      lockStates.add("None");
      const answer = await request(this.#world, "AbortVaultLock", { vaultName });
      this.#learnLock(vault, answer, before, "None");
    } else {
      lockStates.add("InProgress");
      const policy = { Policy: lockPolicy(vaultName) };
      const answer = await request(this.#world, "InitiateVaultLock", { vaultName, policy });
      vault.lockId = answer.kind === "Acknowledged" ? answer.output.lockId : vault.lockId;
      this.#learnLock(vault, answer, before, "InProgress");
    }
  }

  #learnLock(
    vault: ModelVault,
    answer: Answer<unknown>,
    before: ReadonlySet<"None" | "InProgress" | "Locked">,
    wanted: "None" | "InProgress" | "Locked",
  ): void {
    this.#tally(answer);
    if (answer.kind === "Acknowledged") {
      vault.lockStates = new Set([wanted]);
    } else if (answer.kind === "Refused") {
      vault.lockStates = new Set(before);
    }
  }

  async #initiateJob(
    facts: Pick<ModelJob, "vault" | "kind"> & Partial<ModelJob>,
    parameters: object,
  ): Promise<void> {
    const job: ModelJob = {
      description: `job ${this.#number()}`,
      archive: undefined,
      isFailingQuery: false,
      range: undefined,
      jobId: undefined,
      presence: "Absent",
      ended: undefined,
      output: undefined,
      ...facts,
    };
    const answer = await request(this.#world, "InitiateJob", {
      vaultName: job.vault.name,
      // Members that a request leaves out are absent here and `undefined` in the type.
      jobParameters: { ...parameters, Description: job.description } as JobParameters,
    });
    job.presence = this.#presenceAfter(answer, "Absent", "Present");
    job.jobId = answer.kind === "Acknowledged" ? answer.output.jobId : undefined;
    this.#model.jobs.push(job);
  }

  #newArchive(vault: ModelVault, description: string, payload: Payload): ModelArchive {
    const facts = { archiveId: undefined, deletionAsked: false };
    return { description, vault, payload, presence: "Absent", ...facts };
  }

  #learnArchive(
    archive: ModelArchive,
    answer: Answer<{ readonly archiveId?: string | null | undefined }>,
  ): void {
    archive.presence = this.#presenceAfter(answer, "Absent", "Present");
    archive.archiveId =
      answer.kind === "Acknowledged" ? (answer.output.archiveId ?? undefined) : undefined;
    // An earlier completion of the same upload that came to nothing.
    const earlier = this.#model.archives.findIndex(
      ({ description }) => description === archive.description,
    );
    if (earlier >= 0) {
      this.#model.archives.splice(earlier, 1);
    }
    this.#model.archives.push(archive);
  }

  #presenceAfter(answer: Answer<unknown>, refused: Presence, acknowledged: Presence): Presence {
    this.#tally(answer);
    switch (answer.kind) {
      case "Acknowledged":
        return acknowledged;
      case "Refused":
        return refused;
      case "Unanswered":
        return "InDoubt";
    }
  }

  #tally(answer: Answer<unknown>): void {
    this.#model.acknowledged += answer.kind === "Acknowledged" ? 1 : 0;
    this.#model.refused += answer.kind === "Refused" ? 1 : 0;
    this.#model.inDoubt += answer.kind === "Unanswered" ? 1 : 0;
  }

  /** Mostly small; some go through a worker, few have more than one leaf. */
  #randomPayload(): Payload {
    const dice = this.#random.next();
    const most = dice < 0.8 ? 6000 : dice < 0.97 ? 400 * KIB : MIB + 100 * KIB;
    return this.#payload(1 + this.#random.below(most));
  }

  #payload(sizeBytes: number): Payload {
    const offset = this.#random.below(source.length - sizeBytes);
    return describePayload(source.subarray(offset, offset + sizeBytes));
  }

  #number(): number {
    this.#count += 1;
    return this.#count;
  }
}

function lockPolicy(vaultName: string): string {
  const Resource = `arn:aws:glacier:us-east-1:123456789012:vaults/${vaultName}`;
  const effect = { Effect: "Deny", Principal: "*", Action: "glacier:DeleteArchive", Resource };
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "keep", ...effect }] });
}
