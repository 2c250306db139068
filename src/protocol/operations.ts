/**
 * THE TABLE: the 33 operations of the API, a row each (contract §1.1). Routing, decoding, rendering, the
 * IAM action (`glacier:` + name), handlers, the client, the command line and the coverage map derive from
 * it; nothing retypes a name, a path or a status.
 */
import type { Field, Fields, InputOf, OutputOf } from "./fields.ts";
import * as policy from "./shapes/access-policy.ts";
import * as archive from "./shapes/archive.ts";
import * as capacity from "./shapes/capacity.ts";
import * as job from "./shapes/job.ts";
import * as upload from "./shapes/multipart-upload.ts";
import * as notification from "./shapes/notification.ts";
import * as retrieval from "./shapes/retrieval-policy.ts";
import * as tag from "./shapes/tag.ts";
import * as vault from "./shapes/vault.ts";
import * as lock from "./shapes/vault-lock.ts";

export type Method = "GET" | "PUT" | "POST" | "DELETE";

export interface Operation {
  readonly method: Method;
  /** Segments in braces are parameters; what follows `?` must be in the query as it stands. */
  readonly path: string;
  /** Status of success; GetJobOutput states 200 or 206 itself. */
  readonly status: number;
  readonly input: Fields;
  readonly output: Fields;
}

const VAULT = "/{accountId}/vaults/{vaultName}";
const ACCESS = `${VAULT}/access-policy` as const;
const LOCK = `${VAULT}/lock-policy` as const;
const NOTIFICATION = `${VAULT}/notification-configuration` as const;
const UPLOADS = `${VAULT}/multipart-uploads` as const;
const UPLOAD = `${UPLOADS}/{uploadId}` as const;
const JOBS = `${VAULT}/jobs` as const;
const RETRIEVAL = "/{accountId}/policies/data-retrieval";
const CAPACITY = "/{accountId}/provisioned-capacity";

// biome-ignore format: a row each, so that the table can be read down its columns
export const operations = {
  CreateVault: row("PUT", VAULT, 201, vault.createVault),
  DescribeVault: row("GET", VAULT, 200, vault.describeVault),
  DeleteVault: row("DELETE", VAULT, 204, vault.deleteVault),
  ListVaults: row("GET", "/{accountId}/vaults", 200, vault.listVaults),
  SetVaultNotifications: row("PUT", NOTIFICATION, 204, notification.setVaultNotifications),
  GetVaultNotifications: row("GET", NOTIFICATION, 200, notification.getVaultNotifications),
  DeleteVaultNotifications: row("DELETE", NOTIFICATION, 204, notification.deleteVaultNotifications),
  AddTagsToVault: row("POST", `${VAULT}/tags?operation=add`, 204, tag.addTagsToVault),
  ListTagsForVault: row("GET", `${VAULT}/tags`, 200, tag.listTagsForVault),
  RemoveTagsFromVault: row("POST", `${VAULT}/tags?operation=remove`, 204, tag.removeTagsFromVault),
  SetVaultAccessPolicy: row("PUT", ACCESS, 204, policy.setVaultAccessPolicy),
  GetVaultAccessPolicy: row("GET", ACCESS, 200, policy.getVaultAccessPolicy),
  DeleteVaultAccessPolicy: row("DELETE", ACCESS, 204, policy.deleteVaultAccessPolicy),
  InitiateVaultLock: row("POST", LOCK, 201, lock.initiateVaultLock),
  GetVaultLock: row("GET", LOCK, 200, lock.getVaultLock),
  AbortVaultLock: row("DELETE", LOCK, 204, lock.abortVaultLock),
  CompleteVaultLock: row("POST", `${LOCK}/{lockId}`, 204, lock.completeVaultLock),
  UploadArchive: row("POST", `${VAULT}/archives`, 201, archive.uploadArchive),
  DeleteArchive: row("DELETE", `${VAULT}/archives/{archiveId}`, 204, archive.deleteArchive),
  InitiateMultipartUpload: row("POST", UPLOADS, 201, upload.initiateMultipartUpload),
  UploadMultipartPart: row("PUT", UPLOAD, 204, upload.uploadMultipartPart),
  CompleteMultipartUpload: row("POST", UPLOAD, 201, upload.completeMultipartUpload),
  AbortMultipartUpload: row("DELETE", UPLOAD, 204, upload.abortMultipartUpload),
  ListParts: row("GET", UPLOAD, 200, upload.listParts),
  ListMultipartUploads: row("GET", UPLOADS, 200, upload.listMultipartUploads),
  InitiateJob: row("POST", JOBS, 202, job.initiateJob),
  DescribeJob: row("GET", `${JOBS}/{jobId}`, 200, job.describeJob),
  ListJobs: row("GET", JOBS, 200, job.listJobs),
  GetJobOutput: row("GET", `${JOBS}/{jobId}/output`, 200, job.getJobOutput),
  SetDataRetrievalPolicy: row("PUT", RETRIEVAL, 204, retrieval.setDataRetrievalPolicy),
  GetDataRetrievalPolicy: row("GET", RETRIEVAL, 200, retrieval.getDataRetrievalPolicy),
  PurchaseProvisionedCapacity: row("POST", CAPACITY, 201, capacity.purchaseProvisionedCapacity),
  ListProvisionedCapacity: row("GET", CAPACITY, 200, capacity.listProvisionedCapacity),
} as const;

export type OperationName = keyof typeof operations;
export type Input<N extends OperationName> = InputOf<(typeof operations)[N]["input"]>;
export type Output<N extends OperationName> = OutputOf<(typeof operations)[N]["output"]>;

/** All names, in the table's order. */
export const operationNames = Object.keys(operations) as readonly OperationName[];

/** The IAM action that permits the operation (contract §6.5). */
export function actionOf(name: OperationName): `glacier:${OperationName}` {
  return `glacier:${name}`;
}

/** A member of an input or output, and where it travels. */
export type NamedField = readonly [member: string, field: Field];

/** Every request asks for them, so they are listed once. */
const fieldLists = new Map(
  operationNames.map((name) => [
    name,
    {
      input: Object.entries<Field>(operations[name].input),
      output: Object.entries<Field>(operations[name].output),
      inputPlaces: new Set(Object.values<Field>(operations[name].input).map((field) => field.in)),
    },
  ]),
);

/** The fields of an operation's input, or those of its output, in the shape's order. */
export function listFields(name: OperationName, side: "input" | "output"): readonly NamedField[] {
  return fieldLists.get(name)?.[side] ?? [];
}

/** Whether the operation's input has this kind of field. */
export function takes(name: OperationName, location: Field["in"]): boolean {
  return fieldLists.get(name)?.inputPlaces.has(location) ?? false;
}

function row<
  const M extends Method,
  const P extends string,
  const S extends number,
  const I extends Fields,
  const O extends Fields,
>(method: M, path: P, status: S, shape: { readonly input: I; readonly output: O }) {
  return { method, path, status, ...shape } as const;
}
