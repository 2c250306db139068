import type { Output } from "../protocol/operations.ts";

/** The members of a job's description that the kind of its request decides (contract §2.27). */
export type RequestMembers = Pick<
  Output<"DescribeJob">,
  | "Action"
  | "ArchiveId"
  | "ArchiveSHA256TreeHash"
  | "ArchiveSizeInBytes"
  | "InventoryRetrievalParameters"
  | "InventorySizeInBytes"
  | "JobOutputPath"
  | "NextInventoryRetrievalMarker"
  | "OutputLocation"
  | "RetrievalByteRange"
  | "SHA256TreeHash"
  | "SelectParameters"
  | "Tier"
>;
