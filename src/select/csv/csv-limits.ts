/** Limits of a select job on CSV (guide, "S3 Glacier Select Requirements and Quotas"). */
import { MIB } from "../../domain/limits.ts";

/** An input or output record: "1 MB", read as MiB; its delimiter is not counted. */
export const CSV_RECORD_MAX_BYTES = MIB;
export const CSV_COLUMNS_MAX = 1_048_576;
