/** Shapes of the four job operations. */
import { CANNED_ACLS } from "../../domain/output-location.ts";
import {
  body,
  bodyMembers,
  header,
  path,
  query,
  statusCode,
  stream,
  wrappedPayload,
} from "../fields.ts";
import {
  boolean,
  integer,
  list,
  map,
  omittable,
  oneOf,
  string,
  stringOrNumber,
  structure,
  timestamp,
  withAliases,
} from "../schema.ts";
import { paging, vaultPath } from "./vault.ts";

const csvInput = structure({
  Comments: string,
  FieldDelimiter: string,
  FileHeaderInfo: oneOf(["USE", "IGNORE", "NONE"]),
  QuoteCharacter: string,
  QuoteEscapeCharacter: string,
  RecordDelimiter: string,
});

const csvOutput = structure({
  FieldDelimiter: string,
  QuoteCharacter: string,
  QuoteEscapeCharacter: string,
  QuoteFields: oneOf(["ALWAYS", "ASNEEDED"]),
  RecordDelimiter: string,
});

/** The pages are titled `CSV`, the wire name is `csv` (contract §8.22). */
const csvAlias = { CSV: "csv" } as const;

const selectParameters = structure({
  Expression: string,
  ExpressionType: oneOf(["SQL"]),
  InputSerialization: withAliases(structure({ csv: csvInput }), csvAlias),
  OutputSerialization: withAliases(structure({ csv: csvOutput }), csvAlias),
});

const grant = structure({
  Grantee: structure({
    DisplayName: string,
    EmailAddress: string,
    ID: string,
    Type: oneOf(["AmazonCustomerByEmail", "CanonicalUser", "Group"]),
    URI: string,
  }),
  Permission: oneOf(["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"]),
});

const outputLocation = structure({
  S3: structure({
    AccessControlList: list(grant),
    BucketName: string,
    CannedACL: oneOf(CANNED_ACLS),
    Encryption: structure({
      EncryptionType: oneOf(["aws:kms", "AES256"]),
      KMSContext: string,
      KMSKeyId: string,
    }),
    Prefix: string,
    StorageClass: oneOf(["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA"]),
    Tagging: map(string),
    UserMetadata: map(string),
  }),
});

const jobParameters = structure({
  Type: oneOf(["archive-retrieval", "inventory-retrieval", "select"]),
  ArchiveId: string,
  Description: string,
  Format: oneOf(["CSV", "JSON"]),
  InventoryRetrievalParameters: structure({
    EndDate: string,
    Limit: stringOrNumber,
    Marker: string,
    StartDate: string,
  }),
  OutputLocation: outputLocation,
  RetrievalByteRange: string,
  SNSTopic: string,
  SelectParameters: selectParameters,
  Tier: oneOf(["Expedited", "Standard", "Bulk"]),
});

/** Members and nulls of a job's description: contract §2.27. */
export const jobDescription = {
  Action: string,
  ArchiveId: string,
  ArchiveSHA256TreeHash: string,
  ArchiveSizeInBytes: integer,
  Completed: boolean,
  CompletionDate: timestamp,
  CreationDate: timestamp,
  InventoryRetrievalParameters: structure({
    EndDate: string,
    Format: string,
    Limit: string,
    Marker: string,
    StartDate: string,
  }),
  InventorySizeInBytes: integer,
  JobDescription: string,
  JobId: string,
  JobOutputPath: string,
  NextInventoryRetrievalMarker: omittable(string),
  OutputLocation: outputLocation,
  RetrievalByteRange: string,
  SHA256TreeHash: string,
  SNSTopic: string,
  SelectParameters: selectParameters,
  StatusCode: string,
  StatusMessage: string,
  Tier: string,
  VaultARN: string,
} as const;

const jobPath = { ...vaultPath, jobId: path("jobId") } as const;

export const initiateJob = {
  input: { ...vaultPath, jobParameters: wrappedPayload(jobParameters, "jobParameters") },
  output: {
    location: header("Location"),
    jobId: header("x-amz-job-id"),
    jobOutputPath: header("x-amz-job-output-path"),
  },
} as const;

export const describeJob = {
  input: jobPath,
  output: bodyMembers(jobDescription),
} as const;

export const listJobs = {
  input: {
    ...vaultPath,
    ...paging,
    statuscode: query("statuscode"),
    completed: query("completed"),
  },
  output: {
    JobList: body("JobList", list(structure(jobDescription))),
    Marker: body("Marker", string),
  },
} as const;

export const getJobOutput = {
  input: { ...jobPath, range: header("Range") },
  output: {
    body: stream,
    status: statusCode,
    checksum: header("x-amz-sha256-tree-hash"),
    contentRange: header("Content-Range"),
    acceptRanges: header("Accept-Ranges"),
    contentType: header("Content-Type"),
    archiveDescription: header("x-amz-archive-description"),
  },
} as const;
