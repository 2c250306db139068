/**
 * What a job asks for and what it offers, as the JSON texts of two columns. The members are those of the
 * domain, except that `archiveBytes` is a string of digits, for it may exceed 2^53. Stored documents
 * outlive the program: members may be added, with a default when they are absent, never renamed.
 */
import type {
  ArchiveRetrievalRequest,
  InventoryPosition,
  InventoryRetrievalRequest,
  JobOutput,
  JobRequest,
  SelectRequest,
} from "../../../domain/job.ts";
import type { OutputLocation } from "../../../domain/output-location.ts";
import { assertNever } from "../../../std/assert.ts";

/** JSON has no `undefined`: such members are left out, and so may be absent. */
type Stored<Value> = { readonly [Key in keyof Value]?: Value[Key] | undefined } & Required<{
  readonly [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key];
}>;
type StoredSnapshot = Omit<InventoryRetrievalRequest["snapshot"], "archiveBytes"> & {
  readonly archiveBytes: string;
};
type StoredInventory = Stored<Omit<InventoryRetrievalRequest, "snapshot">> & {
  readonly snapshot: StoredSnapshot;
};
/** What a client left out is left out here too, at every depth: `undefined` when it is read. */
type StoredRequest = Stored<ArchiveRetrievalRequest> | StoredInventory | SelectRequest;
/** The manifest has a column of its own. */
type StoredOutput = Stored<Omit<JobOutput, "manifestId">>;

export function formatRequest(request: JobRequest): string {
  switch (request.kind) {
    case "ArchiveRetrieval":
    case "Select":
      return JSON.stringify(request satisfies StoredRequest);
    case "InventoryRetrieval": {
      const archiveBytes = request.snapshot.archiveBytes.toString();
      const snapshot = { ...request.snapshot, archiveBytes };
      return JSON.stringify({ ...request, snapshot } satisfies StoredRequest);
    }
    default:
      return assertNever(request);
  }
}

/** The request in `text`, which `formatRequest` wrote. */
export function parseRequest(text: string): JobRequest {
  const stored = JSON.parse(text) as StoredRequest;
  switch (stored.kind) {
    case "ArchiveRetrieval":
      return { ...stored, archiveDescription: stored.archiveDescription };
    case "InventoryRetrieval":
      return parseInventoryRequest(stored);
    case "Select":
      return parseSelectRequest(stored);
    default:
      return assertNever(stored);
  }
}

export function formatOutput(output: JobOutput): string {
  const { manifestId: _, ...document } = output;
  return JSON.stringify(document satisfies StoredOutput);
}

/** The output in `text`, which `formatOutput` wrote. */
export function parseOutput(text: string): Omit<JobOutput, "manifestId"> {
  const stored = JSON.parse(text) as StoredOutput;
  return { range: stored.range, treeHash: stored.treeHash, nextPosition: stored.nextPosition };
}

function parseInventoryRequest(stored: StoredInventory): InventoryRetrievalRequest {
  const position: InventoryPosition | undefined = stored.position;
  return {
    kind: stored.kind,
    format: stored.format,
    snapshot: { ...stored.snapshot, archiveBytes: BigInt(stored.snapshot.archiveBytes) },
    startDate: stored.startDate,
    endDate: stored.endDate,
    limit: stored.limit,
    position,
  };
}

/** Absent members are stated, so that a job reads as it was made. */
function parseSelectRequest(stored: SelectRequest): SelectRequest {
  const { expression, expressionType, inputSerialization, outputSerialization } = stored.parameters;
  const input = inputSerialization?.csv;
  const output = outputSerialization?.csv;
  return {
    ...stored,
    parameters: {
      expression,
      expressionType,
      inputSerialization: inputSerialization && { csv: input && { ...noInput, ...input } },
      outputSerialization: outputSerialization && { csv: output && { ...noOutput, ...output } },
    },
    location: parseLocation(stored.location),
  };
}

const noSeparators = {
  fieldDelimiter: undefined,
  quoteCharacter: undefined,
  quoteEscapeCharacter: undefined,
  recordDelimiter: undefined,
};
const noInput = { ...noSeparators, comments: undefined, fileHeaderInfo: undefined };
const noOutput = { ...noSeparators, quoteFields: undefined };
const noEncryption = { type: undefined, kmsContext: undefined, kmsKeyId: undefined };
const noGrantee = {
  displayName: undefined,
  emailAddress: undefined,
  id: undefined,
  uri: undefined,
};

function parseLocation(stored: OutputLocation): OutputLocation {
  return {
    bucketName: stored.bucketName,
    prefix: stored.prefix,
    accessControlList: stored.accessControlList?.map(({ grantee, permission }) => ({
      grantee: grantee && { ...noGrantee, ...grantee },
      permission,
    })),
    cannedAcl: stored.cannedAcl,
    encryption: stored.encryption && { ...noEncryption, ...stored.encryption },
    storageClass: stored.storageClass,
    tagging: stored.tagging,
    userMetadata: stored.userMetadata,
  };
}
