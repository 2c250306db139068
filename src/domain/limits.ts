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

/** The text of a vault access policy, and that of a vault lock policy, in UTF-8. */
export const VAULT_POLICY_MAX_BYTES = 20 * KIB;
/** From InitiateVaultLock to the last moment of CompleteVaultLock (contract §2.14). */
export const VAULT_LOCK_WINDOW_MS = 24 * 60 * 60 * 1000;

/** Unexpired units of provisioned capacity of an account. */
export const CAPACITY_UNITS_MAX = 2;
/** The `BytesPerHour` of a data retrieval policy. */
export const BYTES_PER_HOUR_MAX = 2n ** 63n - 1n;
/** What the strategy `FreeTier` lets an account retrieve in one month, spread evenly over its days (contract §6.1). */
export const FREE_TIER_MONTH_BYTES = 10 * GIB;
/** Over how many hours a Standard retrieval counts as spread (contract §6.1). */
export const STANDARD_RETRIEVAL_HOURS = 4;

/** One UploadArchive request, and one part of a multipart upload. */
export const UPLOAD_MAX_BYTES = 4 * GIB;
/** Bodies of uploads up to this size lie in the metadata, beside the part that names them (ADR 0016). */
export const SMALL_BLOB_MAX_BYTES = 64 * KIB;
/** Small bodies gathered in memory at once, of all uploads together; further ones are written to files. */
export const SMALL_BODIES_GATHERED_MAX_BYTES = 64 * MIB;
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

/** Names of topics (contract §2.5) and of queues (SQS, CreateQueue). */
export const TOPIC_NAME_MAX_CHARACTERS = 256;
export const QUEUE_NAME_MAX_CHARACTERS = 80;
/** One message of a topic or a queue (SNS, Publish). */
export const MESSAGE_MAX_BYTES = 256 * KIB;
export const SUBJECT_MAX_CHARACTERS = 100;
export const DISPLAY_NAME_MAX_CHARACTERS = 100;
/** Per page of topics and of subscriptions (SNS, ListTopics). */
export const TOPIC_PAGE_MAX = 100;
/** Endless subscriptions would make one message endless work. */
export const SUBSCRIPTIONS_PER_TOPIC_MAX = 1_000;
export const ENDPOINT_MAX_CHARACTERS = 2_048;
/** How long an endpoint may take to confirm its subscription (SNS, Subscribe: three days). */
export const CONFIRMATION_MAX_MS = 3 * 24 * 60 * 60 * 1000;
/** Messages of one ReceiveMessage call, and how long it may wait (SQS, ReceiveMessage). */
export const RECEIVE_MESSAGES_MAX = 10;
export const RECEIVE_WAIT_MAX_SECONDS = 20;
export const VISIBILITY_TIMEOUT_MAX_SECONDS = 12 * 60 * 60;
export const QUEUES_PAGE_MAX = 1_000;
/** How long a failing delivery is tried again (contract §8a). */
export const DELIVERY_PATIENCE_MS = 24 * 60 * 60 * 1000;

/** Users of one account, and what belongs to one of them (IAM user guide, "IAM and AWS STS quotas"). */
export const USERS_PER_ACCOUNT_MAX = 5000;
export const USER_NAME_MAX_CHARACTERS = 64;
export const USER_PATH_MAX_CHARACTERS = 512;
export const ACCESS_KEYS_PER_IDENTITY_MAX = 2;
export const POLICY_NAME_MAX_CHARACTERS = 128;
/** All inline policies of a user together, white space not counted. */
export const USER_POLICIES_MAX_CHARACTERS = 2048;
/** One policy document as it is sent (IAM API reference, PutUserPolicy). */
export const POLICY_DOCUMENT_MAX_CHARACTERS = 131_072;
/** `MaxItems` of the lists of `iam`, and their page size without it (IAM API reference). */
export const IDENTITY_PAGE_MAX = 1000;
export const IDENTITY_PAGE_DEFAULT = 100;
/** Access key ids as AWS takes them (IAM API reference, UpdateAccessKey). */
export const ACCESS_KEY_ID_MIN_CHARACTERS = 16;
export const ACCESS_KEY_ID_MAX_CHARACTERS = 128;

/** A request body of the operations API on the console listener. */
export const OPERATIONS_BODY_MAX_BYTES = 64 * KIB;
/** A path on the machine of the service, in a body of the operations API (Linux, PATH_MAX). */
export const OPERATOR_PATH_MAX_CHARACTERS = 4096;
/** A region becomes a part of a host name, whose parts have no more. */
export const REGION_NAME_MAX_CHARACTERS = 63;
/** Accounts in one answer of the operations API. */
export const ACCOUNTS_PAGE_MAX = 1000;

/** The expression of a select job (API reference, SelectParameters). */
export const SELECT_EXPRESSION_MAX_CHARACTERS = 128_000;
/** Where its results lie within their bucket, in UTF-8 (API reference, S3Location). */
export const SELECT_PREFIX_MAX_BYTES = 512;
/** The key of one object in a bucket, in UTF-8 (contract §4.7). */
export const OBJECT_KEY_MAX_BYTES = 1024;
/** One object of results; a job with more has several. */
export const SELECT_PART_MAX_BYTES = 64 * MIB;
/** A query that gives no sign of life for so long, about a few KiB of its archive, is ended. */
export const SELECT_SILENCE_MAX_MS = 60_000;
/** S3 user guide, "Categorizing your storage using tags" and "Working with object metadata". */
export const OBJECT_TAGS_MAX = 10;
export const OBJECT_TAG_KEY_MAX_CHARACTERS = 128;
export const OBJECT_TAG_VALUE_MAX_CHARACTERS = 256;
export const USER_METADATA_MAX_BYTES = 2 * KIB;
