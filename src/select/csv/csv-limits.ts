/** Limits of a select job on CSV (guide, "S3 Glacier Select Requirements and Quotas"). */
import { KIB, MIB } from "../../domain/limits.ts";

/** An input or output record: "1 MB", read as MiB; its delimiter is not counted. */
export const CSV_RECORD_MAX_BYTES = MIB;
export const CSV_COLUMNS_MAX = 1_048_576;
/** Taken from a chunk at once, so that the reader's buffer stays in the processor's cache; no limit of Glacier. */
export const CSV_SLICE_BYTES = 64 * KIB;
