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
} from "../../../domain/job.ts";
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
type StoredRequest = Stored<ArchiveRetrievalRequest> | StoredInventory;
/** The manifest has a column of its own. */
type StoredOutput = Stored<Omit<JobOutput, "manifestId">>;

export function formatRequest(request: JobRequest): string {
  switch (request.kind) {
    case "ArchiveRetrieval":
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
