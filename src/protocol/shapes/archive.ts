/** Shapes of the two archive operations. */
import { header, path, requiredHeader, stream } from "../fields.ts";
import { vaultPath } from "./vault.ts";

/** What UploadArchive and CompleteMultipartUpload answer. */
export const archiveCreated = {
  location: header("Location"),
  checksum: header("x-amz-sha256-tree-hash"),
  archiveId: header("x-amz-archive-id"),
} as const;

export const uploadArchive = {
  input: {
    ...vaultPath,
    archiveDescription: header("x-amz-archive-description"),
    checksum: requiredHeader("x-amz-sha256-tree-hash"),
    body: stream,
  },
  output: archiveCreated,
} as const;

export const deleteArchive = {
  input: { ...vaultPath, archiveId: path("archiveId") },
  output: {},
} as const;
