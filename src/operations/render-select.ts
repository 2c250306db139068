/** Select jobs as DescribeJob and ListJobs show them (contract §2.27, §4.7): what was asked for, as it was given. */
import type { SelectRequest } from "../domain/job.ts";
import {
  formatOutputPath,
  type NamedTexts,
  type OutputLocation,
} from "../domain/output-location.ts";
import type {
  CsvInputMembers,
  CsvOutputMembers,
  SelectParameters,
} from "../domain/select-parameters.ts";
import type { Output } from "../protocol/operations.ts";
import type { RequestMembers } from "./request-members.ts";

type Description = Output<"DescribeJob">;
type SelectMembers = "JobOutputPath" | "OutputLocation" | "SelectParameters";

/** Of a job that is no select job. */
export const noSelectMembers: Pick<Description, SelectMembers> = {
  JobOutputPath: null,
  OutputLocation: null,
  SelectParameters: null,
};

/** What the request of a select job decides of its description. */
export function renderSelect(jobId: string, request: SelectRequest): RequestMembers {
  return {
    Action: "Select",
    ArchiveId: request.archiveId,
    ArchiveSHA256TreeHash: null,
    ArchiveSizeInBytes: null,
    InventoryRetrievalParameters: null,
    InventorySizeInBytes: null,
    JobOutputPath: formatOutputPath(request.location, jobId),
    NextInventoryRetrievalMarker: undefined,
    OutputLocation: renderLocation(request.location),
    RetrievalByteRange: null,
    SHA256TreeHash: null,
    SelectParameters: renderParameters(request.parameters),
    Tier: request.tier,
  };
}

function renderParameters(parameters: SelectParameters): Description["SelectParameters"] {
  const { inputSerialization, outputSerialization } = parameters;
  return {
    Expression: parameters.expression,
    ExpressionType: parameters.expressionType,
    InputSerialization:
      inputSerialization === undefined ? null : { csv: renderInput(inputSerialization.csv) },
    OutputSerialization:
      outputSerialization === undefined ? null : { csv: renderOutput(outputSerialization.csv) },
  };
}

function renderInput(csv: CsvInputMembers | undefined) {
  return csv === undefined
    ? null
    : {
        Comments: csv.comments ?? null,
        FieldDelimiter: csv.fieldDelimiter ?? null,
        FileHeaderInfo: csv.fileHeaderInfo ?? null,
        QuoteCharacter: csv.quoteCharacter ?? null,
        QuoteEscapeCharacter: csv.quoteEscapeCharacter ?? null,
        RecordDelimiter: csv.recordDelimiter ?? null,
      };
}

function renderOutput(csv: CsvOutputMembers | undefined) {
  return csv === undefined
    ? null
    : {
        FieldDelimiter: csv.fieldDelimiter ?? null,
        QuoteCharacter: csv.quoteCharacter ?? null,
        QuoteEscapeCharacter: csv.quoteEscapeCharacter ?? null,
        QuoteFields: csv.quoteFields ?? null,
        RecordDelimiter: csv.recordDelimiter ?? null,
      };
}

function renderLocation(location: OutputLocation): Description["OutputLocation"] {
  const { encryption } = location;
  return {
    S3: {
      AccessControlList:
        location.accessControlList?.map(({ grantee, permission }) => ({
          Grantee:
            grantee === undefined
              ? null
              : {
                  DisplayName: grantee.displayName ?? null,
                  EmailAddress: grantee.emailAddress ?? null,
                  ID: grantee.id ?? null,
                  Type: grantee.type,
                  URI: grantee.uri ?? null,
                },
          Permission: permission ?? null,
        })) ?? null,
      BucketName: location.bucketName,
      CannedACL: location.cannedAcl ?? null,
      Encryption:
        encryption === undefined
          ? null
          : {
              EncryptionType: encryption.type ?? null,
              KMSContext: encryption.kmsContext ?? null,
              KMSKeyId: encryption.kmsKeyId ?? null,
            },
      Prefix: location.prefix,
      StorageClass: location.storageClass ?? null,
      Tagging: renderTexts(location.tagging),
      UserMetadata: renderTexts(location.userMetadata),
    },
  };
}

function renderTexts(texts: NamedTexts | undefined): ReadonlyMap<string, string> | null {
  return texts === undefined ? null : new Map(texts);
}
