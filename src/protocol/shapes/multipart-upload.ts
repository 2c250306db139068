/** Shapes of the six multipart upload operations. */
import { body, header, path, requiredHeader, stream } from "../fields.ts";
import { integer, list, string, structure, timestamp } from "../schema.ts";
import { archiveCreated } from "./archive.ts";
import { paging, vaultPath } from "./vault.ts";

const uploadPath = { ...vaultPath, uploadId: path("uploadId") } as const;

export const initiateMultipartUpload = {
  input: {
    ...vaultPath,
    archiveDescription: header("x-amz-archive-description"),
    // Not marked required: its absence has a message of its own (contract §2.20).
    partSize: header("x-amz-part-size"),
  },
  output: {
    location: header("Location"),
    uploadId: header("x-amz-multipart-upload-id"),
  },
} as const;

export const uploadMultipartPart = {
  input: {
    ...uploadPath,
    range: requiredHeader("Content-Range"),
    checksum: requiredHeader("x-amz-sha256-tree-hash"),
    body: stream,
  },
  output: { checksum: header("x-amz-sha256-tree-hash") },
} as const;

export const completeMultipartUpload = {
  input: {
    ...uploadPath,
    archiveSize: requiredHeader("x-amz-archive-size"),
    checksum: requiredHeader("x-amz-sha256-tree-hash"),
  },
  output: archiveCreated,
} as const;

export const abortMultipartUpload = { input: uploadPath, output: {} } as const;

export const listParts = {
  input: { ...uploadPath, ...paging },
  output: {
    ArchiveDescription: body("ArchiveDescription", string),
    CreationDate: body("CreationDate", timestamp),
    Marker: body("Marker", string),
    MultipartUploadId: body("MultipartUploadId", string),
    PartSizeInBytes: body("PartSizeInBytes", integer),
    Parts: body("Parts", list(structure({ RangeInBytes: string, SHA256TreeHash: string }))),
    VaultARN: body("VaultARN", string),
  },
} as const;

export const listMultipartUploads = {
  input: { ...vaultPath, ...paging },
  output: {
    Marker: body("Marker", string),
    UploadsList: body(
      "UploadsList",
      list(
        structure({
          ArchiveDescription: string,
          CreationDate: timestamp,
          MultipartUploadId: string,
          PartSizeInBytes: integer,
          VaultARN: string,
        }),
      ),
    ),
  },
} as const;
