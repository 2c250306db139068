/** Damage of stored bytes. */
import type { BlobId } from "./ids.ts";

export type BlobDamageKind = "missing" | "truncated" | "rotten" | "unreadable";

/** A blob is not what was written: absent, shorter than it was, or unreadable. */
export class BlobDamage extends Error {
  override readonly name = "BlobDamage";
  readonly blobId: BlobId;
  readonly kind: BlobDamageKind;

  constructor(blobId: BlobId, kind: BlobDamageKind, options?: ErrorOptions) {
    super(`blob ${blobId} is ${kind}`, options);
    this.blobId = blobId;
    this.kind = kind;
  }
}
