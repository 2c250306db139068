/** Every limit of the service, with its unit and its source. Contract §1.10 unless another is named. */

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** The size of one leaf of a tree hash (contract §3.1). */
export const LEAF_BYTES = MIB;
/** A SHA-256. */
export const DIGEST_BYTES = 32;

export const VAULT_NAME_MAX_CHARACTERS = 255;
/** Per account and region (contract §8.27). */
export const VAULTS_MAX = 1000;

export const TAGS_PER_VAULT_MAX = 50;
export const TAGS_PER_CALL_MAX = 50;
export const TAG_KEY_MAX_CHARACTERS = 128;
export const TAG_VALUE_MAX_CHARACTERS = 255;

export const DESCRIPTION_MAX_CHARACTERS = 1024;

/** One UploadArchive request, and one part of a multipart upload. */
export const UPLOAD_MAX_BYTES = 4 * GIB;
export const PART_SIZE_MIN_BYTES = MIB;
export const PART_SIZE_MAX_BYTES = 4 * GIB;
export const PARTS_MAX = 10_000;

export const LIST_VAULTS_PAGE_MAX = 10;
export const LIST_PAGE_MAX = 50;

/** Bytes added to each archive in the size of an inventoried vault (contract §2.2). */
export const ARCHIVE_OVERHEAD_BYTES = 32 * KIB;

/** A completed or aborted multipart upload is remembered so long, so that retries find it (contract §2.22, §2.23). */
export const ENDED_UPLOAD_RETENTION_MS = 24 * 60 * 60 * 1000;

/** A request body that is not an archive or a part; the largest legal one is a select job of 128 000 characters. */
export const JSON_BODY_MAX_BYTES = 2 * MIB;
/** Request line and headers together; a larger head is refused as malformed. */
export const REQUEST_HEAD_MAX_BYTES = 32 * KIB;
/** How much of a refused body is read away, so that the client sees the refusal, before the connection is closed. */
export const REFUSED_BODY_DRAIN_MAX_BYTES = 64 * MIB;
export const REFUSED_BODY_DRAIN_MAX_MS = 5_000;

/** How far a client's clock may be off (contract §1.3). */
export const CLOCK_SKEW_MAX_MS = 5 * 60 * 1000;
