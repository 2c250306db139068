/** Small builders of metadata values: valid, distinct, and in time order like those of an id source. */
import type { Archive, ManifestPart } from "../../src/domain/archive.ts";
import {
  type AccountId,
  ARCHIVE_ID_BYTES,
  type ArchiveId,
  type BlobId,
  JOB_ID_BYTES,
  type JobId,
  type ManifestId,
  UPLOAD_ID_BYTES,
  type UploadId,
} from "../../src/domain/ids.ts";
import type {
  ArchiveRetrievalRequest,
  InventoryRetrievalRequest,
  JobInProgress,
  JobRequest,
} from "../../src/domain/job.ts";
import { MIB } from "../../src/domain/limits.ts";
import type { UploadInProgress } from "../../src/domain/multipart-upload.ts";
import type { VaultKey, VaultName } from "../../src/domain/vault.ts";
import type { Logger } from "../../src/ports/logger.ts";
import type { MetadataSession, MetadataStore } from "../../src/ports/metadata-store.ts";
import type { SmallArchive } from "../../src/ports/small-archives.ts";
import { formatBase64url, formatHex } from "../../src/std/bytes.ts";

export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const ACCOUNT_ID = "123456789012" as AccountId;
export const REGION = "us-east-1";

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Identifiers that grow with each call, so that later ones sort later. */
export class IdBuilder {
  #count: number;

  constructor(first = 1) {
    this.#count = first;
  }

  archiveId(): ArchiveId {
    return formatBase64url(this.#bytes(ARCHIVE_ID_BYTES)) as ArchiveId;
  }

  uploadId(): UploadId {
    return formatBase64url(this.#bytes(UPLOAD_ID_BYTES)) as UploadId;
  }

  jobId(): JobId {
    return formatBase64url(this.#bytes(JOB_ID_BYTES)) as JobId;
  }

  manifestId(): ManifestId {
    return formatHex(this.#bytes(16)) as ManifestId;
  }

  blobId(): BlobId {
    return formatHex(this.#bytes(16)) as BlobId;
  }

  #bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length).fill(0xa5);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.#count));
    this.#count += 1;
    return bytes;
  }
}

/** 64 hex digits made of `digit`. */
export function buildHash(digit = "a"): string {
  return digit.repeat(64);
}

export function buildVaultKey(vaultName = "photos"): VaultKey {
  return { accountId: ACCOUNT_ID, region: REGION, vaultName: vaultName as VaultName };
}

export function buildPart(ids: IdBuilder, fields: Partial<ManifestPart> = {}): ManifestPart {
  return {
    startBytes: 0,
    sizeBytes: MIB,
    treeHash: buildHash("b"),
    blobId: ids.blobId(),
    leaves: new Uint8Array(32).fill(7),
    ...fields,
  };
}

export function buildArchive(
  ids: IdBuilder,
  fields: Partial<Archive> & Pick<Archive, "vaultId">,
): Omit<Archive, "deletedSequence"> {
  return {
    archiveId: ids.archiveId(),
    createdAtMs: NOW_MS,
    createdSequence: 1,
    sizeBytes: MIB,
    treeHash: buildHash("c"),
    sha256: buildHash("d"),
    description: "a photograph",
    manifestId: ids.manifestId(),
    ...fields,
  };
}

export function buildUpload(
  ids: IdBuilder,
  fields: Partial<UploadInProgress> & Pick<UploadInProgress, "vaultId">,
): UploadInProgress {
  return {
    state: "InProgress",
    uploadId: ids.uploadId(),
    manifestId: ids.manifestId(),
    partSizeBytes: MIB,
    description: "in parts",
    createdAtMs: NOW_MS,
    lastActivityAtMs: NOW_MS,
    ...fields,
  };
}

export function buildArchiveRequest(archive: {
  readonly archiveId: ArchiveId;
  readonly sizeBytes: number;
}): ArchiveRetrievalRequest {
  return {
    kind: "ArchiveRetrieval",
    archiveId: archive.archiveId,
    archiveSizeBytes: archive.sizeBytes,
    archiveTreeHash: buildHash("c"),
    archiveDescription: undefined,
    tier: "Standard",
    range: { start: 0, endExclusive: archive.sizeBytes },
    rangeGiven: false,
  };
}

export function buildInventoryRequest(
  fields: Partial<InventoryRetrievalRequest> = {},
): InventoryRetrievalRequest {
  return {
    kind: "InventoryRetrieval",
    format: "JSON",
    snapshot: { takenAtMs: NOW_MS, changeSequence: 1, archiveCount: 1, archiveBytes: 1n },
    startDate: undefined,
    endDate: undefined,
    limit: undefined,
    position: undefined,
    ...fields,
  };
}

export function buildJob(
  ids: IdBuilder,
  fields: Partial<JobInProgress> & { readonly vaultId: number; readonly request?: JobRequest },
): JobInProgress {
  return {
    status: "InProgress",
    jobId: ids.jobId(),
    createdAtMs: NOW_MS,
    dueAtMs: NOW_MS,
    description: undefined,
    snsTopic: undefined,
    request: buildInventoryRequest(),
    ...fields,
  };
}

/** Adds an archive of one part as an upload does: part, counters, record. */
export async function addArchive(
  session: MetadataSession,
  ids: IdBuilder,
  fields: Partial<Archive> & Pick<Archive, "vaultId">,
): Promise<Archive> {
  const archive = buildArchive(ids, fields);
  const part = buildPart(ids, { sizeBytes: archive.sizeBytes });
  await session.manifests.putPart(archive.manifestId, part, ids.manifestId());
  const createdSequence = await session.vaults.countChange(archive.vaultId, {
    archiveCount: 1,
    archiveBytes: archive.sizeBytes,
    inventoryDueAtMs: undefined,
  });
  const counted = { ...archive, createdSequence };
  await session.archives.insert(counted);
  return { ...counted, deletedSequence: undefined };
}

/** Deletes an archive as the operation does; returns the sequence of the deletion. */
export function deleteArchive(metadata: MetadataStore, archive: Archive): Promise<number> {
  return metadata.transaction(async (session) => {
    const deletedSequence = await session.vaults.countChange(archive.vaultId, {
      archiveCount: -1,
      archiveBytes: -archive.sizeBytes,
      inventoryDueAtMs: undefined,
    });
    await session.archives.markDeleted(archive.archiveId, deletedSequence);
    return deletedSequence;
  });
}

/** An archive of three bytes. */
export function buildSmallArchive(
  ids: IdBuilder,
  fields: Partial<SmallArchive> = {},
): SmallArchive {
  return {
    archiveId: ids.archiveId(),
    manifestId: ids.manifestId(),
    blobId: ids.blobId(),
    createdAtMs: NOW_MS,
    sizeBytes: 3,
    description: undefined,
    hash: buildHash("c"),
    stored: Uint8Array.of(1, 2, 3),
    inventoryDueAtMs: undefined,
    ...fields,
  };
}
