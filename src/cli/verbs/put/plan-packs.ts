/** Which files go together into packs. Pure. */
import { createPackMeter, MEMBER_MAX_BYTES } from "../../pack/pack-format.ts";
import type { PlannedUpload } from "./run-uploads.ts";

export interface PackPlan {
  readonly packs: readonly (readonly PlannedUpload[])[];
  /** Larger files, those that an unfinished upload is of, and one that would be alone in a pack. */
  readonly alone: readonly PlannedUpload[];
}

/** Fills packs of at most `packSizeBytes` in the order of `uploads`. */
export function planPacks(uploads: readonly PlannedUpload[], packSizeBytes: number): PackPlan {
  const alone: PlannedUpload[] = [];
  const packs: PlannedUpload[][] = [];
  let meter = createPackMeter(packSizeBytes);
  for (const upload of uploads) {
    const { file, openUploads } = upload;
    if (file.sizeBytes > MEMBER_MAX_BYTES || openUploads.length > 0) {
      alone.push(upload);
      continue;
    }
    const pack = packs.at(-1);
    if (pack !== undefined && meter.add(file)) {
      pack.push(upload);
    } else {
      meter = createPackMeter(packSizeBytes);
      meter.add(file);
      packs.push([upload]);
    }
  }
  const lonely = packs.filter(({ length }) => length === 1).flat();
  return { packs: packs.filter(({ length }) => length > 1), alone: [...alone, ...lonely] };
}
