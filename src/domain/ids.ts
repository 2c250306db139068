/**
 * Identifiers. On the wire they are unpadded base64url text of a fixed number of random-looking bytes
 * (contract §1.8); inside they stay that text, branded, so that a swapped argument does not compile.
 */
import { findBase64urlBytes } from "../std/bytes.ts";

declare const brand: unique symbol;
/** A string that only the named parser (or an id source) makes. */
export type Brand<Name extends string> = string & { readonly [brand]: Name };

export type AccountId = Brand<"AccountId">;
export type ArchiveId = Brand<"ArchiveId">;
export type JobId = Brand<"JobId">;
export type UploadId = Brand<"UploadId">;
/** One stored byte string: 32 hex digits whose first 8 are the number of the boot that wrote it. */
export type BlobId = Brand<"BlobId">;
/** The ordered parts that make up the bytes of an archive, an upload or a job's output: 32 hex digits. */
export type ManifestId = Brand<"ManifestId">;
/** One attempt to lock a vault. */
export type LockId = Brand<"LockId">;
/** One purchased unit of provisioned capacity. */
export type CapacityId = Brand<"CapacityId">;

/** Decoded lengths, contract §1.8. */
export const ARCHIVE_ID_BYTES = 103;
export const JOB_ID_BYTES = 69;
export const UPLOAD_ID_BYTES = 69;
export const LOCK_ID_BYTES = 18;
export const CAPACITY_ID_BYTES = 18;

/** The archive id that `text` is, or `undefined` when no archive could have it. */
export function findArchiveId(text: string): ArchiveId | undefined {
  return hasBytes(text, ARCHIVE_ID_BYTES) ? (text as ArchiveId) : undefined;
}

/** The job id that `text` is, or `undefined` when no job could have it. */
export function findJobId(text: string): JobId | undefined {
  return hasBytes(text, JOB_ID_BYTES) ? (text as JobId) : undefined;
}

/** The upload id that `text` is, or `undefined` when no upload could have it. */
export function findUploadId(text: string): UploadId | undefined {
  return hasBytes(text, UPLOAD_ID_BYTES) ? (text as UploadId) : undefined;
}

/** The account id that `text` is, or `undefined` unless it is 12 digits. */
export function findAccountId(text: string): AccountId | undefined {
  return /^\d{12}$/.test(text) ? (text as AccountId) : undefined;
}

/** The boot that wrote the blob (see docs/format.md). */
export function bootOfBlob(blobId: BlobId): number {
  return Number.parseInt(blobId.slice(0, 8), 16);
}

/** When the blob was begun (see docs/format.md), epoch milliseconds. */
export function instantOfBlob(blobId: BlobId): number {
  return Number.parseInt(blobId.slice(8, 20), 16);
}

function hasBytes(text: string, bytes: number): boolean {
  return findBase64urlBytes(text)?.length === bytes;
}
