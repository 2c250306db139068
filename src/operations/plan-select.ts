import { missingParameter, ServiceError } from "../domain/errors.ts";
import type { JobInProgress } from "../domain/job.ts";
import { refuseMembers } from "../domain/job-parameters.ts";
import { formatOutputPath, parseOutputLocation } from "../domain/output-location.ts";
import { ResultStoreError } from "../domain/result-store-error.ts";
import { parseTier } from "../domain/retrieval-tier.ts";
import { parseSelectParameters } from "../domain/select-parameters.ts";
import type { Vault } from "../domain/vault.ts";
import { checkSelect } from "../engine/jobs/check-select.ts";
import { removeSelectJob, writeSelectJob } from "../engine/jobs/write-select-job.ts";
import { formatJobDescription } from "./format-job-message.ts";
import { getLiveArchive } from "./get-archive.ts";
import type { Services } from "./handler.ts";
import type { JobParameters, JobPlan } from "./job-plan.ts";
import { renderSelectInProgress } from "./render-job.ts";

/**
 * A job that queries an archive (contract §2.26, §4.7); `Format` is ignored. Before the job is stored, its
 * `job.txt` is written, which proves that the bucket can be. Throws `MissingParameterValueException` and
 * `InvalidParameterValueException`, when making the request also `ResourceNotFoundException`.
 */
export function planSelect(parameters: JobParameters, vault: Vault, services: Services): JobPlan {
  const { ArchiveId, RetrievalByteRange, InventoryRetrievalParameters } = parameters;
  if (ArchiveId === undefined) {
    throw missingParameter("ArchiveId");
  }
  refuseMembers("select", { RetrievalByteRange, InventoryRetrievalParameters });
  const tier = parseTier(parameters.Tier);
  const select = parseSelectParameters(parameters.SelectParameters);
  const location = parseOutputLocation(parameters.OutputLocation);
  checkSelect(select);
  return {
    tier,
    makeRequest: async (session, lockedVault) => {
      const { archiveId, sizeBytes } = await getLiveArchive(session, lockedVault, ArchiveId);
      const archiveSizeBytes = sizeBytes;
      return { kind: "Select", archiveId, archiveSizeBytes, tier, parameters: select, location };
    },
    publication: {
      outputPathOf: (jobId) => formatOutputPath(location, jobId),
      publish: (job) => publish(services, vault, job),
      withdraw: (job) => withdraw(services, vault, job),
    },
  };
}

async function publish(services: Services, vault: Vault, job: JobInProgress): Promise<void> {
  const text = formatJobDescription(renderSelectInProgress(vault, job));
  try {
    await writeSelectJob(services.results, vault.region, job, `${text}\n`);
  } catch (error) {
    if (error instanceof ResultStoreError) {
      const { bucketName, reason } = error;
      services.logger.warn({ jobId: job.jobId, err: error }, "a select job was refused its bucket");
      throw new ServiceError(
        "InvalidParameterValueException",
        `Invalid OutputLocation: bucket ${bucketName} can't be written: ${reason}.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** A job that was refused after all leaves nothing behind; what can't be taken back is no reason to fail twice. */
async function withdraw(services: Services, vault: Vault, job: JobInProgress): Promise<void> {
  try {
    await removeSelectJob(services.results, vault.region, job);
  } catch (error) {
    services.logger.warn({ jobId: job.jobId, err: error }, "the job.txt of no job stays");
  }
}
