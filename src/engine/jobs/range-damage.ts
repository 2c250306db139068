/** Damage found in an archive's bytes, and how its owner is told. */
import type { BlobDamageKind } from "../../domain/blob.ts";
import type { ByteRange } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import { LEAF_BYTES } from "../../domain/limits.ts";

export interface RangeDamage {
  /** The bytes of the archive that can't be given back; it begins at a MiB. */
  readonly range: ByteRange;
  readonly kind: BlobDamageKind;
  /** Where the bytes are stored; `undefined` when the damage is in the archive's record. */
  readonly blobId: BlobId | undefined;
}

const kindTexts = {
  missing: "are missing",
  truncated: "are cut off",
  rotten: "differ from what was uploaded",
  unreadable: "can't be read",
} as const satisfies Record<BlobDamageKind, string>;

/** The status message of a job that met `damage`. It names bytes of the archive, never where they are stored. */
export function formatDamageMessage(damage: RangeDamage): string {
  const { start, endExclusive } = damage.range;
  const first = Math.floor(start / LEAF_BYTES);
  const last = Math.floor((endExclusive - 1) / LEAF_BYTES);
  const where = first === last ? `MiB ${first}` : `MiB ${first} to ${last}`;
  const bytes = `bytes ${start}-${endExclusive - 1}`;
  return `The archive is damaged in storage: ${bytes} (${where}) ${kindTexts[damage.kind]}.`;
}
