/** Requests of select jobs. */
import type { ArchiveId } from "../../src/domain/ids.ts";
import type { SelectRequest } from "../../src/domain/job.ts";
import type { OutputLocation } from "../../src/domain/output-location.ts";
import type { SelectParameters } from "../../src/domain/select-parameters.ts";

export const BUCKET = "query-results";
export const PREFIX = "reports/2026";

export const plainParameters: SelectParameters = {
  expression: "SELECT * FROM archive",
  expressionType: "SQL",
  inputSerialization: undefined,
  outputSerialization: undefined,
};

export const plainLocation: OutputLocation = {
  bucketName: BUCKET,
  prefix: PREFIX,
  accessControlList: undefined,
  cannedAcl: undefined,
  encryption: undefined,
  storageClass: undefined,
  tagging: undefined,
  userMetadata: undefined,
};

/** A request with every member that is not named left out. */
export function selectRequest(
  archiveId: ArchiveId,
  archiveSizeBytes: number,
  given: Partial<SelectRequest> = {},
): SelectRequest {
  return {
    kind: "Select",
    archiveId,
    archiveSizeBytes,
    tier: "Standard",
    parameters: plainParameters,
    location: plainLocation,
    ...given,
  };
}
