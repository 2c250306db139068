/** What each operation does, in one sentence, after the API reference: for help and documentation. */
import type { OperationName } from "./operations.ts";

export const operationSummaries = {
  CreateVault: "Creates a new vault with the specified name.",
  DescribeVault:
    "Returns information about a vault: its ARN, when it was created, the number and size of its archives.",
  DeleteVault: "Deletes a vault that holds no archives.",
  ListVaults: "Lists all vaults owned by the calling user's account.",
  SetVaultNotifications:
    "Configures notifications that are sent when specific events happen to a vault.",
  GetVaultNotifications: "Retrieves the notification configuration of a vault.",
  DeleteVaultNotifications: "Deletes the notification configuration set for a vault.",
  AddTagsToVault: "Adds the specified tags to a vault.",
  ListTagsForVault: "Lists all the tags attached to a vault.",
  RemoveTagsFromVault: "Removes one or more tags from the set of tags attached to a vault.",
  SetVaultAccessPolicy: "Configures an access policy for a vault; overwrites an existing policy.",
  GetVaultAccessPolicy: "Retrieves the access policy set on a vault.",
  DeleteVaultAccessPolicy: "Deletes the access policy associated with a vault.",
  InitiateVaultLock:
    "Initiates the vault locking process: installs a vault lock policy and returns a lock ID.",
  GetVaultLock: "Retrieves the vault lock policy of a vault, the state of the lock and its dates.",
  AbortVaultLock: "Aborts the vault locking process if the vault lock is not in the Locked state.",
  CompleteVaultLock:
    "Completes the vault locking process, after which the vault lock policy is unchangeable.",
  UploadArchive: "Adds an archive to a vault.",
  DeleteArchive: "Deletes an archive from a vault.",
  InitiateMultipartUpload: "Initiates a multipart upload and returns its upload ID.",
  UploadMultipartPart: "Uploads a part of an archive.",
  CompleteMultipartUpload:
    "Assembles the archive from the parts that have been uploaded and saves it to the vault.",
  AbortMultipartUpload: "Aborts a multipart upload identified by the upload ID.",
  ListParts:
    "Lists the parts of an archive that have been uploaded in a specific multipart upload.",
  ListMultipartUploads: "Lists in-progress multipart uploads for the specified vault.",
  InitiateJob:
    "Initiates a job of the specified type: a select, an archive retrieval or an inventory retrieval.",
  DescribeJob: "Returns information about a job you previously initiated.",
  ListJobs:
    "Lists jobs for a vault, including jobs that are in progress and jobs that have recently finished.",
  GetJobOutput:
    "Downloads the output of a job: the content of an archive or the inventory of a vault.",
  SetDataRetrievalPolicy: "Sets and then enacts a data retrieval policy in a region.",
  GetDataRetrievalPolicy:
    "Returns the current data retrieval policy for the specified account and region.",
  PurchaseProvisionedCapacity: "Purchases a provisioned capacity unit for an AWS account.",
  ListProvisionedCapacity: "Lists the provisioned capacity units for the specified AWS account.",
} as const satisfies Record<OperationName, string>;
