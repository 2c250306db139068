/** The members of PutObject that say how an object is stored. */
import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import type { Encryption, Grant, Grantee, NamedTexts } from "../../domain/output-location.ts";
import { ResultStoreError } from "../../domain/result-store-error.ts";
import type { ResultDestination } from "../../ports/result-store.ts";

type PutOptions = Omit<PutObjectCommandInput, "Bucket" | "Key" | "Body">;

/** Throws `ResultStoreError` for grants that an object can't have. */
export function putOptionsOf(destination: ResultDestination): PutOptions {
  const { cannedAcl, storageClass, tagging, userMetadata } = destination;
  const options: { -readonly [Name in keyof PutOptions]: PutOptions[Name] } = {
    ...encryptionOptions(destination.encryption),
    ...grantOptions(destination),
  };
  if (cannedAcl !== undefined) {
    options.ACL = cannedAcl;
  }
  if (storageClass !== undefined) {
    options.StorageClass = storageClass;
  }
  if (tagging !== undefined && tagging.length > 0) {
    options.Tagging = formatTagging(tagging);
  }
  if (userMetadata !== undefined) {
    options.Metadata = Object.fromEntries(userMetadata);
  }
  return options;
}

function encryptionOptions(encryption: Encryption | undefined): PutOptions {
  const { type, kmsKeyId, kmsContext } = encryption ?? {};
  return {
    ...(type === undefined ? {} : { ServerSideEncryption: type }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    ...(kmsContext === undefined ? {} : { SSEKMSEncryptionContext: encodeContext(kmsContext) }),
  };
}

/** S3 takes the context as JSON in base64 (PutObject, `x-amz-server-side-encryption-context`); so may the client. */
function encodeContext(text: string): string {
  return text.trimStart().startsWith("{") ? Buffer.from(text).toString("base64") : text;
}

const GRANT_MEMBERS = {
  FULL_CONTROL: "GrantFullControl",
  READ: "GrantRead",
  READ_ACP: "GrantReadACP",
  WRITE_ACP: "GrantWriteACP",
} as const;

function grantOptions({ accessControlList = [], bucketName }: ResultDestination): PutOptions {
  const refuse = (why: string) => new ResultStoreError("refused", bucketName, why);
  const grantees = new Map<(typeof GRANT_MEMBERS)[keyof typeof GRANT_MEMBERS], string[]>();
  for (const { grantee, permission } of accessControlList satisfies readonly Grant[]) {
    if (grantee === undefined || permission === undefined) {
      throw refuse("each grant of the AccessControlList needs Grantee and Permission");
    }
    if (permission === "WRITE") {
      throw refuse("S3 has no grant of the permission WRITE on objects");
    }
    const named = formatGrantee(grantee);
    if (named === undefined) {
      throw refuse(`a Grantee of type ${grantee.type} needs its ${memberOf(grantee.type)}`);
    }
    const member = GRANT_MEMBERS[permission];
    grantees.set(member, [...(grantees.get(member) ?? []), named]);
  }
  return Object.fromEntries([...grantees].map(([member, named]) => [member, named.join(", ")]));
}

function memberOf(type: Grantee["type"]): string {
  switch (type) {
    case "CanonicalUser":
      return "ID";
    case "AmazonCustomerByEmail":
      return "EmailAddress";
    case "Group":
      return "URI";
  }
}

/** `undefined` when the member that names it is absent or could end its own quotes. */
function formatGrantee({ type, id, emailAddress, uri }: Grantee): string | undefined {
  const named = { CanonicalUser: id, AmazonCustomerByEmail: emailAddress, Group: uri };
  const names = { CanonicalUser: "id", AmazonCustomerByEmail: "emailAddress", Group: "uri" };
  const value = named[type];
  return value === undefined || /["\\\p{Cc}]/u.test(value)
    ? undefined
    : `${names[type]}="${value}"`;
}

function formatTagging(tags: NamedTexts): string {
  return tags
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join("&");
}
