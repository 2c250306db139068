/** The condition keys of this service (contract §6.5), and how their names are compared. */

/** As AWS writes them; `Condition` elements may use any letter case. */
export const conditionKeyNames: readonly string[] = [
  "aws:CurrentTime",
  "aws:EpochTime",
  "aws:MultiFactorAuthAge",
  "aws:MultiFactorAuthPresent",
  "aws:PrincipalAccount",
  "aws:PrincipalArn",
  "aws:SecureTransport",
  "aws:SourceIp",
  "aws:UserAgent",
  "aws:userid",
  "aws:username",
  "glacier:ArchiveAgeInDays",
  "glacier:ResourceTag/<key>",
];

const tagKeyPrefix = "glacier:resourcetag/";
const foldedNames = new Set(conditionKeyNames.map(foldConditionKey));

/** The form in which keys are looked up. IAM ignores letter case in the whole key, tag keys included. */
export function foldConditionKey(name: string): string {
  return name.toLowerCase();
}

/** The folded condition key for a tag of the vault; tags that differ in letter case only share one. */
export function resourceTagConditionKey(tagKey: string): string {
  return foldConditionKey(`${tagKeyPrefix}${tagKey}`);
}

/** Whether requests to this service can have the key at all. */
export function isKnownConditionKey(name: string): boolean {
  const folded = foldConditionKey(name);
  return folded.startsWith(tagKeyPrefix)
    ? folded.length > tagKeyPrefix.length
    : foldedNames.has(folded);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The value of `glacier:ArchiveAgeInDays`: whole days since the archive's CreationDate (contract §6.4).
 * An archive that a stepped-back clock puts into the future is 0 days old.
 */
export function archiveAgeInDays(createdAtMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - createdAtMs) / DAY_MS));
}
