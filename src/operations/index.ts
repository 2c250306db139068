/** The handlers of all operations. */
import { deleteVaultAccessPolicy } from "./access-policies/delete-vault-access-policy.ts";
import { getVaultAccessPolicy } from "./access-policies/get-vault-access-policy.ts";
import { setVaultAccessPolicy } from "./access-policies/set-vault-access-policy.ts";
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
import { deleteVaultNotifications } from "./notifications/delete-vault-notifications.ts";
import { getVaultNotifications } from "./notifications/get-vault-notifications.ts";
import { setVaultNotifications } from "./notifications/set-vault-notifications.ts";
import { listProvisionedCapacity } from "./provisioned-capacity/list-provisioned-capacity.ts";
import { purchaseProvisionedCapacity } from "./provisioned-capacity/purchase-provisioned-capacity.ts";
import { getDataRetrievalPolicy } from "./retrieval-policy/get-data-retrieval-policy.ts";
import { setDataRetrievalPolicy } from "./retrieval-policy/set-data-retrieval-policy.ts";
import { addTagsToVault } from "./tags/add-tags-to-vault.ts";
import { listTagsForVault } from "./tags/list-tags-for-vault.ts";
import { removeTagsFromVault } from "./tags/remove-tags-from-vault.ts";
import { abortVaultLock } from "./vault-locks/abort-vault-lock.ts";
import { completeVaultLock } from "./vault-locks/complete-vault-lock.ts";
import { getVaultLock } from "./vault-locks/get-vault-lock.ts";
import { initiateVaultLock } from "./vault-locks/initiate-vault-lock.ts";
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
  SetVaultNotifications: setVaultNotifications,
  GetVaultNotifications: getVaultNotifications,
  DeleteVaultNotifications: deleteVaultNotifications,
  AddTagsToVault: addTagsToVault,
  ListTagsForVault: listTagsForVault,
  RemoveTagsFromVault: removeTagsFromVault,
  SetVaultAccessPolicy: setVaultAccessPolicy,
  GetVaultAccessPolicy: getVaultAccessPolicy,
  DeleteVaultAccessPolicy: deleteVaultAccessPolicy,
  InitiateVaultLock: initiateVaultLock,
  GetVaultLock: getVaultLock,
  AbortVaultLock: abortVaultLock,
  CompleteVaultLock: completeVaultLock,
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
  SetDataRetrievalPolicy: setDataRetrievalPolicy,
  GetDataRetrievalPolicy: getDataRetrievalPolicy,
  PurchaseProvisionedCapacity: purchaseProvisionedCapacity,
  ListProvisionedCapacity: listProvisionedCapacity,
};
