import { missingParameter } from "../domain/errors.ts";
import { parseRetrievalByteRange, refuseMembers } from "../domain/job-parameters.ts";
import { parseTier } from "../domain/retrieval-tier.ts";
import { getLiveArchive } from "./get-archive.ts";
import type { JobParameters, JobPlan } from "./job-plan.ts";

/**
 * A job that retrieves an archive or a range of it (contract §2.26, §4.5); `Format` is ignored. Throws
 * `MissingParameterValueException` and `InvalidParameterValueException`, when making the request also
 * `ResourceNotFoundException`.
 */
export function planArchiveRetrieval(parameters: JobParameters): JobPlan {
  const { ArchiveId, RetrievalByteRange, InventoryRetrievalParameters } = parameters;
  const { SelectParameters, OutputLocation } = parameters;
  if (ArchiveId === undefined) {
    throw missingParameter("ArchiveId");
  }
  refuseMembers("archive-retrieval", {
    InventoryRetrievalParameters,
    SelectParameters,
    OutputLocation,
  });
  const tier = parseTier(parameters.Tier);
  return {
    tier,
    makeRequest: async (session, lockedVault) => {
      const archive = await getLiveArchive(session, lockedVault, ArchiveId);
      const range =
        RetrievalByteRange === undefined
          ? { start: 0, endExclusive: archive.sizeBytes }
          : parseRetrievalByteRange(RetrievalByteRange, archive.sizeBytes);
      return {
        kind: "ArchiveRetrieval",
        archiveId: archive.archiveId,
        archiveSizeBytes: archive.sizeBytes,
        archiveTreeHash: archive.treeHash,
        archiveDescription: archive.description,
        tier,
        range,
        rangeGiven: RetrievalByteRange !== undefined,
      };
    },
  };
}
