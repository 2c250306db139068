/** The `OutputLocation` of a select job: the bucket, and how objects are put into it (contract §4.7). */
import { BUCKET_NAME_RULE, isBucketName } from "./bucket-name.ts";
import { invalidParameter, missingParameter } from "./errors.ts";
import {
  OBJECT_TAG_KEY_MAX_CHARACTERS,
  OBJECT_TAG_VALUE_MAX_CHARACTERS,
  OBJECT_TAGS_MAX,
  SELECT_PREFIX_MAX_BYTES,
  USER_METADATA_MAX_BYTES,
} from "./limits.ts";

export const CANNED_ACLS = [
  "private",
  "public-read",
  "public-read-write",
  "aws-exec-read",
  "authenticated-read",
  "bucket-owner-read",
  "bucket-owner-full-control",
] as const;
export const ENCRYPTION_TYPES = ["aws:kms", "AES256"] as const;
export const GRANTEE_TYPES = ["AmazonCustomerByEmail", "CanonicalUser", "Group"] as const;
export const PERMISSIONS = ["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"] as const;
export const STORAGE_CLASSES = ["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA"] as const;

/** Texts with the names that the client gave them, in its order. */
export type NamedTexts = readonly (readonly [name: string, text: string])[];

export interface Grantee {
  readonly type: (typeof GRANTEE_TYPES)[number];
  readonly displayName: string | undefined;
  readonly emailAddress: string | undefined;
  readonly id: string | undefined;
  readonly uri: string | undefined;
}

export interface Grant {
  readonly grantee: Grantee | undefined;
  readonly permission: (typeof PERMISSIONS)[number] | undefined;
}

export interface Encryption {
  readonly type: (typeof ENCRYPTION_TYPES)[number] | undefined;
  readonly kmsContext: string | undefined;
  readonly kmsKeyId: string | undefined;
}

/** How each object of the results is stored. What the client left out is `undefined`. */
export interface ObjectOptions {
  readonly accessControlList: readonly Grant[] | undefined;
  readonly cannedAcl: (typeof CANNED_ACLS)[number] | undefined;
  readonly encryption: Encryption | undefined;
  readonly storageClass: (typeof STORAGE_CLASSES)[number] | undefined;
  readonly tagging: NamedTexts | undefined;
  readonly userMetadata: NamedTexts | undefined;
}

export interface OutputLocation extends ObjectOptions {
  readonly bucketName: string;
  /** As the client wrote it. */
  readonly prefix: string;
}

type Texts = ReadonlyMap<string, string>;

/** The members as they travel. */
export interface OutputLocationMembers {
  readonly S3: S3LocationMembers | undefined;
}

interface S3LocationMembers {
  readonly AccessControlList: readonly GrantMembers[] | undefined;
  readonly BucketName: string | undefined;
  readonly CannedACL: string | undefined;
  readonly Encryption:
    | Readonly<Record<"EncryptionType" | "KMSContext" | "KMSKeyId", string | undefined>>
    | undefined;
  readonly Prefix: string | undefined;
  readonly StorageClass: string | undefined;
  readonly Tagging: Texts | undefined;
  readonly UserMetadata: Texts | undefined;
}

interface GrantMembers {
  readonly Grantee:
    | Readonly<Record<"DisplayName" | "EmailAddress" | "ID" | "Type" | "URI", string | undefined>>
    | undefined;
  readonly Permission: string | undefined;
}

/**
 * Throws `MissingParameterValueException` for an absent member, `InvalidParameterValueException` for a bad
 * one. Whether the bucket can be written is decided by where it lies.
 */
export function parseOutputLocation(members: OutputLocationMembers | undefined): OutputLocation {
  const s3 = getMember("OutputLocation.S3", getMember("OutputLocation", members).S3);
  return {
    bucketName: parseBucketName(getMember("OutputLocation.S3.BucketName", s3.BucketName)),
    prefix: parsePrefix(getMember("OutputLocation.S3.Prefix", s3.Prefix)),
    accessControlList: s3.AccessControlList?.map(parseGrant),
    cannedAcl: parseWord("CannedACL", s3.CannedACL, CANNED_ACLS),
    encryption: s3.Encryption && {
      type: parseWord("EncryptionType", s3.Encryption.EncryptionType, ENCRYPTION_TYPES),
      kmsContext: s3.Encryption.KMSContext,
      kmsKeyId: s3.Encryption.KMSKeyId,
    },
    storageClass: parseWord("StorageClass", s3.StorageClass, STORAGE_CLASSES),
    tagging: s3.Tagging && parseTagging(s3.Tagging),
    userMetadata: s3.UserMetadata && parseUserMetadata(s3.UserMetadata),
  };
}

/** Keys of the job's objects begin with it: `P/J/`, without a second slash when the prefix ends with one. */
export function formatOutputPath({ prefix }: OutputLocation, jobId: string): string {
  return `${prefix.endsWith("/") ? prefix : `${prefix}/`}${jobId}/`;
}

function getMember<T>(name: string, value: T | undefined): T {
  if (value === undefined) {
    throw missingParameter(name);
  }
  return value;
}

function parseBucketName(text: string): string {
  if (!isBucketName(text)) {
    throw invalidParameter(`Invalid BucketName: ${text}. It must be ${BUCKET_NAME_RULE}.`);
  }
  return text;
}

/** No control characters: the prefix travels in the header `x-amz-job-output-path`. */
function parsePrefix(text: string): string {
  const sizeBytes = new TextEncoder().encode(text).length;
  if (sizeBytes < 1 || sizeBytes > SELECT_PREFIX_MAX_BYTES) {
    throw invalidParameter(
      `Invalid Prefix: it has ${sizeBytes} bytes, and must have 1 to ${SELECT_PREFIX_MAX_BYTES}.`,
    );
  }
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) {
    throw invalidParameter(
      `Invalid Prefix: ${JSON.stringify(text)}. It must hold no control characters.`,
    );
  }
  return text;
}

function parseGrant({ Grantee, Permission }: GrantMembers): Grant {
  return {
    grantee: Grantee && {
      type: getMember(
        "OutputLocation.S3.AccessControlList.Grantee.Type",
        parseWord("Grantee.Type", Grantee.Type, GRANTEE_TYPES),
      ),
      displayName: Grantee.DisplayName,
      emailAddress: Grantee.EmailAddress,
      id: Grantee.ID,
      uri: Grantee.URI,
    },
    permission: parseWord("Permission", Permission, PERMISSIONS),
  };
}

function parseWord<Word extends string>(
  field: string,
  text: string | undefined,
  known: readonly Word[],
): Word | undefined {
  const word = known.find((candidate) => candidate === text);
  if (text !== undefined && word === undefined) {
    throw invalidParameter(`Invalid ${field}: ${text}. It must be one of ${known.join(", ")}.`);
  }
  return word;
}

/** S3 user guide, "Categorizing your storage using tags". */
function parseTagging(tags: Texts): NamedTexts {
  if (tags.size > OBJECT_TAGS_MAX) {
    throw invalidParameter(
      `Invalid Tagging: ${tags.size} tags, and an object has at most ${OBJECT_TAGS_MAX}.`,
    );
  }
  for (const [key, value] of tags) {
    checkLength("Tagging key", key, 1, OBJECT_TAG_KEY_MAX_CHARACTERS);
    checkLength(`Tagging value of ${key}`, value, 0, OBJECT_TAG_VALUE_MAX_CHARACTERS);
  }
  return [...tags];
}

function checkLength(what: string, text: string, min: number, max: number): void {
  const length = [...text].length;
  if (length < min || length > max || !text.isWellFormed()) {
    throw invalidParameter(
      `Invalid ${what}: ${JSON.stringify(text)}. It must have ${min} to ${max} characters.`,
    );
  }
}

/** Names and values travel as headers (S3 user guide, "User-defined object metadata"). */
function parseUserMetadata(metadata: Texts): NamedTexts {
  let sizeBytes = 0;
  for (const [name, value] of metadata) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw invalidParameter(
        `Invalid UserMetadata name: ${JSON.stringify(name)}. It must be legal in the name of a header.`,
      );
    }
    if (!/^[\x20-\x7e]*$/.test(value)) {
      throw invalidParameter(
        `Invalid UserMetadata value of ${name}: ${JSON.stringify(value)}. It must be printable ASCII.`,
      );
    }
    sizeBytes += name.length + value.length;
  }
  if (sizeBytes > USER_METADATA_MAX_BYTES) {
    throw invalidParameter(
      `Invalid UserMetadata: ${sizeBytes} bytes of names and values, and at most` +
        ` ${USER_METADATA_MAX_BYTES} are allowed.`,
    );
  }
  return [...metadata];
}
