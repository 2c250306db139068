/** Damage of an archive that the scrub found, from the first sight to its repair. */
import type { BlobDamageKind } from "./blob.ts";
import type { ByteRange } from "./byte-range.ts";
import type { ArchiveId, BlobId } from "./ids.ts";

/**
 * What is wrong with a piece of an archive: damage of its blob, a blob that is longer than it was
 * (`oversized`), or metadata that contradicts itself (`record`).
 */
export type DamageKind = BlobDamageKind | "oversized" | "record";

/** A damaged range as one look at its part found it. */
export interface FoundDamage {
  readonly kind: DamageKind;
  /** Bytes of the archive; it begins at a MiB. */
  readonly range: ByteRange;
}

/** A record of damage; it is open until a later look finds the range sound. */
export interface Damage extends FoundDamage {
  readonly damageId: number;
  readonly archiveId: ArchiveId;
  readonly blobId: BlobId;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  /** When the range was found sound again; `undefined` while it is not. */
  readonly repairedAtMs: number | undefined;
}
