/**
 * Checks what one vault holds, as it was when the check of the vault began: uploads in progress, what finished
 * jobs offer, archives, and the counters. The vault may be in use; what is changed meanwhile is no damage, so
 * whatever is found wrong is looked at again before it is told.
 */
import type { Archive } from "../../domain/archive.ts";
import type { UploadId } from "../../domain/ids.ts";
import type { InventoryPosition, Job, JobSucceeded } from "../../domain/job.ts";
import type { UploadInProgress } from "../../domain/multipart-upload.ts";
import type { Vault } from "../../domain/vault.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import { checkManifest, type ManifestCheckServices } from "./check-manifest.ts";
import { checkCounters, createCounterSums } from "./counter-sums.ts";
import type { Finding, ProblemList } from "./finding.ts";

const ARCHIVES_PAGE = 500;
const UPLOADS_PAGE = 100;
const JOBS_PAGE = 100;

export interface VaultCheckServices extends ManifestCheckServices {
  readonly metadata: MetadataStore;
  readonly countArchive: () => void;
  readonly tell: (finding: Finding) => Promise<void>;
}

/** Tells every finding of `vault`. Throws errors that say nothing about the data. */
export async function checkVault(services: VaultCheckServices, vault: Vault): Promise<void> {
  await checkUploads(services, vault);
  await checkOutputs(services, vault);
  await checkArchives(services, vault);
}

async function checkUploads(services: VaultCheckServices, vault: Vault): Promise<void> {
  let from: UploadId | undefined;
  do {
    const page = { vaultId: vault.vaultId, from, limit: UPLOADS_PAGE + 1 };
    const uploads = await services.metadata.uploads.listPage(page);
    for (const upload of uploads.slice(0, UPLOADS_PAGE)) {
      await checkUpload(services, vault, upload);
    }
    from = uploads[UPLOADS_PAGE]?.uploadId;
  } while (from !== undefined);
}

async function checkUpload(
  services: VaultCheckServices,
  vault: Vault,
  { uploadId, manifestId }: UploadInProgress,
): Promise<void> {
  const expected = { manifestId, whole: undefined };
  let found = await checkManifest(services, expected);
  if (found === undefined) {
    return;
  }
  // A part that was sent again in between has left its old blob; the second look sees the new one.
  found = await checkManifest(services, expected);
  const upload = await services.metadata.uploads.find(uploadId);
  if (found !== undefined && upload !== undefined && upload.state !== "Aborted") {
    await services.tell({ kind: "UploadDamaged", vault, uploadId, ...found });
  }
}

async function checkOutputs(services: VaultCheckServices, vault: Vault): Promise<void> {
  let from: Job["jobId"] | undefined;
  do {
    const jobs: readonly Job[] = await services.metadata.jobs.listPage({
      vaultId: vault.vaultId,
      status: "Succeeded",
      completed: undefined,
      from,
      limit: JOBS_PAGE + 1,
    });
    for (const job of jobs.slice(0, JOBS_PAGE)) {
      if (job.status === "Succeeded") {
        await checkOutput(services, vault, job);
      }
    }
    from = jobs[JOBS_PAGE]?.jobId;
  } while (from !== undefined);
}

async function checkOutput(
  services: VaultCheckServices,
  vault: Vault,
  job: JobSucceeded,
): Promise<void> {
  const { request, output, jobId } = job;
  const archiveId = request.kind === "ArchiveRetrieval" ? request.archiveId : undefined;
  if (archiveId !== undefined && (await isLive(services, archiveId))) {
    // The same bytes are checked as those of the archive.
    return;
  }
  if (output === undefined) {
    // The results of a query lie in a bucket, and are not the blob store's.
    return;
  }
  const whole =
    request.kind === "ArchiveRetrieval"
      ? { sizeBytes: request.archiveSizeBytes, treeHash: request.archiveTreeHash }
      : { sizeBytes: output.range.endExclusive, treeHash: output.treeHash };
  const found = await checkManifest(services, { manifestId: output.manifestId, whole });
  if (found !== undefined && (await services.metadata.jobs.find(jobId)) !== undefined) {
    await services.tell({ kind: "OutputDamaged", vault, jobId, archiveId, ...found });
  }
}

async function checkArchives(services: VaultCheckServices, vault: Vault): Promise<void> {
  const sums = createCounterSums(vault);
  let from: InventoryPosition | undefined;
  do {
    const page = { vaultId: vault.vaultId, from, limit: ARCHIVES_PAGE + 1 };
    const archives = await services.metadata.scans.listArchives(page);
    for (const archive of archives.slice(0, ARCHIVES_PAGE)) {
      await services.pace.step();
      sums.add(archive);
      if (archive.deletedSequence === undefined) {
        services.countArchive();
        await checkArchive(services, vault, archive);
      }
    }
    from = archives[ARCHIVES_PAGE];
  } while (from !== undefined);
  for (const finding of checkCounters(vault, sums)) {
    // The records of a vault that is removed meanwhile vanish in steps.
    if ((await services.metadata.vaults.get(vault.vaultId)) !== undefined) {
      await services.tell(finding);
    }
  }
}

async function checkArchive(
  services: VaultCheckServices,
  vault: Vault,
  archive: Archive,
): Promise<void> {
  const { archiveId, manifestId, sizeBytes, treeHash } = archive;
  const found: ProblemList | undefined = await checkManifest(services, {
    manifestId,
    whole: { sizeBytes, treeHash },
  });
  if (found !== undefined && (await isLive(services, archiveId))) {
    await services.tell({ kind: "ArchiveDamaged", vault, archiveId, ...found });
  }
}

async function isLive(
  { metadata }: VaultCheckServices,
  archiveId: Archive["archiveId"],
): Promise<boolean> {
  const archive = await metadata.archives.find(archiveId);
  return archive !== undefined && archive.deletedSequence === undefined;
}
