/** The handlers of all operations. */
import { deleteArchive } from "./archives/delete-archive.ts";
import { uploadArchive } from "./archives/upload-archive.ts";
import type { Handlers } from "./handler.ts";
import { describeJob } from "./jobs/describe-job.ts";
import { getJobOutput } from "./jobs/get-job-output.ts";
import { initiateJob } from "./jobs/initiate-job.ts";
import { listJobs } from "./jobs/list-jobs.ts";
import { abortMultipartUpload } from "./multipart-uploads/abort-multipart-upload.ts";
import { completeMultipartUpload } from "./multipart-uploads/complete-multipart-upload.ts";
import { initiateMultipartUpload } from "./multipart-uploads/initiate-multipart-upload.ts";
import { listMultipartUploads } from "./multipart-uploads/list-multipart-uploads.ts";
import { listParts } from "./multipart-uploads/list-parts.ts";
import { uploadMultipartPart } from "./multipart-uploads/upload-multipart-part.ts";
import { notAvailable } from "./not-available.ts";
import { addTagsToVault } from "./tags/add-tags-to-vault.ts";
import { listTagsForVault } from "./tags/list-tags-for-vault.ts";
import { removeTagsFromVault } from "./tags/remove-tags-from-vault.ts";
import { createVault } from "./vaults/create-vault.ts";
import { deleteVault } from "./vaults/delete-vault.ts";
import { describeVault } from "./vaults/describe-vault.ts";
import { listVaults } from "./vaults/list-vaults.ts";

/** In the order of the table. */
export const handlers: Handlers = {
  CreateVault: createVault,
  DescribeVault: describeVault,
  DeleteVault: deleteVault,
  ListVaults: listVaults,
  SetVaultNotifications: notAvailable("SetVaultNotifications"),
  GetVaultNotifications: notAvailable("GetVaultNotifications"),
  DeleteVaultNotifications: notAvailable("DeleteVaultNotifications"),
  AddTagsToVault: addTagsToVault,
  ListTagsForVault: listTagsForVault,
  RemoveTagsFromVault: removeTagsFromVault,
  SetVaultAccessPolicy: notAvailable("SetVaultAccessPolicy"),
  GetVaultAccessPolicy: notAvailable("GetVaultAccessPolicy"),
  DeleteVaultAccessPolicy: notAvailable("DeleteVaultAccessPolicy"),
  InitiateVaultLock: notAvailable("InitiateVaultLock"),
  GetVaultLock: notAvailable("GetVaultLock"),
  AbortVaultLock: notAvailable("AbortVaultLock"),
  CompleteVaultLock: notAvailable("CompleteVaultLock"),
  UploadArchive: uploadArchive,
  DeleteArchive: deleteArchive,
  InitiateMultipartUpload: initiateMultipartUpload,
  UploadMultipartPart: uploadMultipartPart,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  ListMultipartUploads: listMultipartUploads,
  InitiateJob: initiateJob,
  DescribeJob: describeJob,
  ListJobs: listJobs,
  GetJobOutput: getJobOutput,
  SetDataRetrievalPolicy: notAvailable("SetDataRetrievalPolicy"),
  GetDataRetrievalPolicy: notAvailable("GetDataRetrievalPolicy"),
  PurchaseProvisionedCapacity: notAvailable("PurchaseProvisionedCapacity"),
  ListProvisionedCapacity: notAvailable("ListProvisionedCapacity"),
};
