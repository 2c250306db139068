/**
 * Where the model that the AWS CLI is generated from differs from the operation table: the order in which
 * it states the members of a structure (usage errors, skeletons and outputs follow it), and which strings
 * it knows as enumerations. Everything else comes from the table; a test compares both sides with what
 * the AWS CLI prints.
 */

/** Orders of members; the row with the same members as a structure gives its order. */
const MEMBER_ORDERS: readonly string[] = [
  "VaultARN VaultName CreationDate LastInventoryDate NumberOfArchives SizeInBytes",
  "accountId marker limit",
  "VaultList Marker",
  "SNSTopic Events",
  "vaultName accountId archiveDescription checksum body",
  "accountId vaultName uploadId checksum range body",
  "accountId vaultName uploadId marker limit",
  [
    "MultipartUploadId VaultARN ArchiveDescription PartSizeInBytes CreationDate Parts",
    "Marker",
  ].join(" "),
  "accountId vaultName marker limit",
  "UploadsList Marker",
  "MultipartUploadId VaultARN ArchiveDescription PartSizeInBytes CreationDate",
  [
    "Format Type ArchiveId Description SNSTopic RetrievalByteRange Tier",
    "InventoryRetrievalParameters SelectParameters OutputLocation",
  ].join(" "),
  "StartDate EndDate Limit Marker",
  "InputSerialization ExpressionType Expression OutputSerialization",
  [
    "FileHeaderInfo Comments QuoteEscapeCharacter RecordDelimiter FieldDelimiter",
    "QuoteCharacter",
  ].join(" "),
  "QuoteFields QuoteEscapeCharacter RecordDelimiter FieldDelimiter QuoteCharacter",
  [
    "BucketName Prefix Encryption CannedACL AccessControlList Tagging UserMetadata",
    "StorageClass",
  ].join(" "),
  "EncryptionType KMSKeyId KMSContext",
  "Type DisplayName URI ID EmailAddress",
  [
    "JobId JobDescription Action ArchiveId VaultARN CreationDate Completed StatusCode",
    "StatusMessage ArchiveSizeInBytes InventorySizeInBytes SNSTopic CompletionDate",
    "SHA256TreeHash ArchiveSHA256TreeHash RetrievalByteRange Tier",
    "InventoryRetrievalParameters JobOutputPath SelectParameters OutputLocation",
  ].join(" "),
  "Format StartDate EndDate Limit Marker",
  "body checksum status contentRange acceptRanges contentType archiveDescription",
  "Strategy BytesPerHour",
  "CapacityId StartDate ExpirationDate",
];

/** Members of the service that the AWS CLI doesn't know, and therefore never prints. */
const UNKNOWN_TO_AWS: ReadonlySet<string> = new Set(["NextInventoryRetrievalMarker"]);

/** Strings without enumeration there, by their path from the input. */
const FREE_STRINGS: ReadonlySet<string> = new Set([
  "jobParameters.Format",
  "jobParameters.Type",
  "jobParameters.Tier",
  "Policy.Rules.Strategy",
]);

/** First values of enumerations that the table doesn't have, by their path from the input. */
const FIRST_VALUES: ReadonlyMap<string, string> = new Map([
  ["jobParameters.OutputLocation.S3.CannedACL", "private"],
]);

/** Members that a structure must have, by their path from the input; path parameters aside. */
const REQUIRED_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["jobParameters.OutputLocation.S3.AccessControlList.Grantee", ["Type"]],
]);

/** The names that the AWS CLI knows among `names`, in its order. */
export function orderMembers(names: readonly string[]): readonly string[] {
  const known = names.filter((name) => !UNKNOWN_TO_AWS.has(name));
  const key = [...known].sort().join(" ");
  return ordersByMembers.get(key) ?? known;
}

/** What an input skeleton shows for the string at `path`, of which the table knows `values`. */
export function exampleString(path: string, values: readonly string[] | undefined): string {
  return FIRST_VALUES.get(path) ?? (FREE_STRINGS.has(path) ? "" : (values?.[0] ?? ""));
}

/** The members that the structure at `path` must have. */
export function requiredMembers(path: string): readonly string[] {
  return REQUIRED_MEMBERS.get(path) ?? [];
}

const ordersByMembers: ReadonlyMap<string, readonly string[]> = new Map(
  MEMBER_ORDERS.map((row) => {
    const names = row.split(" ");
    return [[...names].sort().join(" "), names];
  }),
);
