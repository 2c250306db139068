/** What clients do, with the effects and transactions of the operations, against one living node. */
import assert from "node:assert/strict";
import type { Archive, ManifestPart } from "../../src/domain/archive.ts";
import type { ByteRange } from "../../src/domain/byte-range.ts";
import type { AccountId, ArchiveId, JobId, ManifestId, UploadId } from "../../src/domain/ids.ts";
import {
  decideInventoryJobSnapshot,
  decideVaultDeletable,
  nextInventoryDueAtMs,
} from "../../src/domain/inventory.ts";
import type {
  InventoryPosition,
  InventoryRetrievalRequest,
  JobInProgress,
} from "../../src/domain/job.ts";
import { MIB } from "../../src/domain/limits.ts";
import { AWS_DELAYS, type RetrievalTier } from "../../src/domain/retrieval-tier.ts";
import { treeHashOfNodes } from "../../src/domain/tree-hash.ts";
import type { Vault, VaultName } from "../../src/domain/vault.ts";
import { writeSelectJob } from "../../src/engine/jobs/write-select-job.ts";
import type { MetadataSession } from "../../src/ports/metadata-store.ts";
import { concatBytes } from "../../src/std/bytes.ts";
import { sha256 } from "../../src/std/hasher-node.ts";
import { plainParameters, selectRequest } from "../support/select-builders.ts";
import type { Node, World } from "./world.ts";

export const accountId = "111122223333" as AccountId;

export class Client {
  readonly #world: World;
  readonly #node: Node;

  constructor(world: World, node: Node) {
    this.#world = world;
    this.#node = node;
  }

  async createVault(name: string): Promise<Vault> {
    const key = { accountId, region: "simulated", vaultName: name as VaultName };
    return await this.#node.metadata.transaction(async ({ vaults }) => {
      const found = await vaults.find(key);
      return found ?? (await vaults.insert({ ...key, createdAtMs: this.#node.clock.nowMs() }));
    });
  }

  /** Whether the vault could be deleted. */
  async deleteVault(vaultId: number): Promise<boolean> {
    return await this.#node.metadata.transaction(async ({ vaults }) => {
      const vault = await vaults.lock(vaultId);
      if (vault === undefined || !decideVaultDeletable(vault, this.#world.settings.inventory)) {
        return false;
      }
      await vaults.remove(vaultId);
      return true;
    });
  }

  async uploadArchive(
    vaultId: number,
    upload: { archiveId: ArchiveId; data: Uint8Array; description: string | undefined },
  ): Promise<void> {
    const part = await this.#writePart(0, upload.data);
    const manifestId = this.#node.ids.manifestId();
    const displacedTo = this.#node.ids.manifestId();
    await this.#node.metadata.transaction(async (session) => {
      await session.manifests.putPart(manifestId, part, displacedTo);
      await this.#insertArchive(session, vaultId, {
        archiveId: upload.archiveId,
        description: upload.description,
        manifestId,
        sizeBytes: part.sizeBytes,
        treeHash: part.treeHash,
      });
    });
  }

  /** Whether there was a live archive to delete. */
  async deleteArchive(vaultId: number, archiveId: ArchiveId): Promise<boolean> {
    return await this.#node.metadata.transaction(async (session) => {
      const vault = await session.vaults.lock(vaultId);
      const archive = await session.archives.find(archiveId);
      if (vault === undefined || archive === undefined || archive.deletedSequence !== undefined) {
        return false;
      }
      const sequence = await this.#countChange(session, vault, -1, archive.sizeBytes);
      await session.archives.markDeleted(archiveId, sequence);
      return true;
    });
  }

  async initiateUpload(vaultId: number, uploadId: UploadId): Promise<void> {
    const nowMs = this.#node.clock.nowMs();
    await this.#node.metadata.uploads.insert({
      state: "InProgress",
      uploadId,
      vaultId,
      manifestId: this.#node.ids.manifestId(),
      partSizeBytes: MIB,
      description: undefined,
      createdAtMs: nowMs,
      lastActivityAtMs: nowMs,
    });
  }

  /** Whether the upload still took the part. */
  async uploadPart(uploadId: UploadId, startBytes: number, data: Uint8Array): Promise<boolean> {
    const part = await this.#writePart(startBytes, data);
    const displacedTo = this.#node.ids.manifestId();
    const isTaken = await this.#node.metadata.transaction(async ({ uploads, manifests }) => {
      const upload = await uploads.lock(uploadId);
      if (upload?.state !== "InProgress") {
        return false;
      }
      await manifests.putPart(upload.manifestId, part, displacedTo);
      await uploads.touch(uploadId, this.#node.clock.nowMs());
      return true;
    });
    if (!isTaken) {
      await this.#node.blobs.remove(part.blobId);
    }
    return isTaken;
  }

  /** Whether the upload could be completed into `archiveId`. */
  async completeUpload(
    vaultId: number,
    uploadId: UploadId,
    archiveId: ArchiveId,
    treeHash: string,
  ): Promise<boolean> {
    return await this.#node.metadata.transaction(async (session) => {
      const vault = await session.vaults.lock(vaultId);
      const upload = await session.uploads.lock(uploadId);
      if (vault === undefined || upload?.state !== "InProgress") {
        return false;
      }
      const { manifestId, description } = upload;
      const { totalBytes } = await session.manifests.summarize(manifestId);
      const archive = { archiveId, description, manifestId, sizeBytes: totalBytes, treeHash };
      await this.#insertArchive(session, vaultId, archive);
      const endedAtMs = this.#node.clock.nowMs();
      const end = { endedAtMs, archiveId, archiveSizeBytes: totalBytes, treeHash };
      await session.uploads.end({ ...upload, state: "Completed", ...end });
      return true;
    });
  }

  async abortUpload(uploadId: UploadId): Promise<void> {
    await this.#node.metadata.transaction(async ({ uploads }) => {
      const upload = await uploads.lock(uploadId);
      if (upload?.state === "InProgress") {
        const endedAtMs = this.#node.clock.nowMs();
        await uploads.end({ ...upload, state: "Aborted", endedAtMs });
      }
    });
  }

  /** Whether the archive is there to be retrieved. */
  async initiateRetrieval(
    vaultId: number,
    jobId: JobId,
    wanted: { archiveId: ArchiveId; range: ByteRange | undefined; tier: RetrievalTier },
  ): Promise<boolean> {
    const nowMs = this.#node.clock.nowMs();
    const isInitiated = await this.#node.metadata.transaction(async (session) => {
      await session.vaults.lock(vaultId);
      const archive = await session.archives.find(wanted.archiveId);
      if (archive === undefined || archive.deletedSequence !== undefined) {
        return false;
      }
      await session.jobs.insert({
        status: "InProgress",
        jobId,
        vaultId,
        createdAtMs: nowMs,
        dueAtMs: nowMs + AWS_DELAYS[wanted.tier],
        description: undefined,
        snsTopic: undefined,
        request: {
          kind: "ArchiveRetrieval",
          archiveId: wanted.archiveId,
          archiveSizeBytes: archive.sizeBytes,
          archiveTreeHash: archive.treeHash,
          archiveDescription: archive.description,
          tier: wanted.tier,
          range: wanted.range ?? { start: 0, endExclusive: archive.sizeBytes },
          rangeGiven: wanted.range !== undefined,
        },
      });
      return true;
    });
    this.#node.engine.wake();
    return isInitiated;
  }

  /** Whether the archive is there to be queried; its `job.txt` is written first, as InitiateJob does. */
  async initiateSelect(
    vaultId: number,
    jobId: JobId,
    wanted: { archiveId: ArchiveId; expression: string; tier: RetrievalTier },
  ): Promise<boolean> {
    const nowMs = this.#node.clock.nowMs();
    const archive = await this.#node.metadata.archives.find(wanted.archiveId);
    const vault = await this.#node.metadata.vaults.get(vaultId);
    if (vault === undefined || archive === undefined || archive.deletedSequence !== undefined) {
      return false;
    }
    const parameters = { ...plainParameters, expression: wanted.expression };
    const { tier } = wanted;
    const job: JobInProgress = {
      status: "InProgress",
      jobId,
      vaultId,
      createdAtMs: nowMs,
      dueAtMs: nowMs + AWS_DELAYS[tier],
      description: undefined,
      snsTopic: undefined,
      request: selectRequest(wanted.archiveId, archive.sizeBytes, { tier, parameters }),
    };
    await writeSelectJob(this.#node.results, vault.region, job, "a job\n");
    const isInitiated = await this.#node.metadata.transaction(async (session) => {
      await session.vaults.lock(vaultId);
      const locked = await session.archives.find(wanted.archiveId);
      if (locked === undefined || locked.deletedSequence !== undefined) {
        return false;
      }
      await session.jobs.insert(job);
      return true;
    });
    this.#node.engine.wake();
    return isInitiated;
  }

  /** Whether there is an inventory to retrieve. */
  async initiateInventory(
    vaultId: number,
    jobId: JobId,
    wanted: Partial<InventoryRetrievalRequest> & { position?: InventoryPosition | undefined },
  ): Promise<boolean> {
    const nowMs = this.#node.clock.nowMs();
    const isInitiated = await this.#node.metadata.transaction(async (session) => {
      const vault = await session.vaults.lock(vaultId);
      const { inventory } = this.#world.settings;
      const snapshot = vault && decideInventoryJobSnapshot(vault, inventory, nowMs);
      if (snapshot === undefined) {
        return false;
      }
      await session.jobs.insert({
        status: "InProgress",
        jobId,
        vaultId,
        createdAtMs: nowMs,
        dueAtMs: nowMs + AWS_DELAYS.Standard,
        description: undefined,
        snsTopic: undefined,
        request: {
          kind: "InventoryRetrieval",
          format: "JSON",
          startDate: undefined,
          endDate: undefined,
          limit: undefined,
          position: undefined,
          ...wanted,
          snapshot,
        },
      });
      return true;
    });
    this.#node.engine.wake();
    return isInitiated;
  }

  async #writePart(startBytes: number, data: Uint8Array): Promise<ManifestPart> {
    const blobId = this.#node.ids.blobId();
    const writer = await this.#node.blobs.openWriter(blobId, data.length);
    await writer.write(data);
    const { sizeBytes, leaves } = await writer.finish();
    await writer.commit();
    return { startBytes, sizeBytes, treeHash: treeHashOfNodes(leaves, sha256), blobId, leaves };
  }

  async #insertArchive(
    session: MetadataSession,
    vaultId: number,
    archive: Pick<Archive, "archiveId" | "description" | "manifestId" | "sizeBytes" | "treeHash">,
  ): Promise<void> {
    const vault = await session.vaults.lock(vaultId);
    assert.ok(vault !== undefined, "clients upload to vaults that exist");
    const createdSequence = await this.#countChange(session, vault, 1, archive.sizeBytes);
    const createdAtMs = this.#node.clock.nowMs();
    const facts = { vaultId, createdAtMs, createdSequence, sha256: undefined };
    await session.archives.insert({ ...archive, ...facts });
  }

  async #countChange(
    session: MetadataSession,
    vault: Vault,
    archiveCount: 1 | -1,
    sizeBytes: number,
  ): Promise<number> {
    const { inventory } = this.#world.settings;
    const inventoryDueAtMs = nextInventoryDueAtMs(vault, inventory, this.#node.clock.nowMs());
    const archiveBytes = archiveCount * sizeBytes;
    return await session.vaults.countChange(vault.vaultId, {
      archiveCount,
      archiveBytes,
      inventoryDueAtMs,
    });
  }
}

/** All bytes of `range` of a manifest, as GetJobOutput reads them. */
export async function readManifest(
  world: World,
  manifestId: ManifestId,
  range: ByteRange,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const parts = await world.metadata.manifests.listPartsInRange(manifestId, range, 1000);
  for (const part of parts) {
    const start = Math.max(range.start - part.startBytes, 0);
    const endExclusive = Math.min(range.endExclusive - part.startBytes, part.sizeBytes);
    for await (const chunk of world.blobs.read(part.blobId, { start, endExclusive })) {
      chunks.push(chunk.slice());
    }
  }
  return concatBytes(chunks);
}
