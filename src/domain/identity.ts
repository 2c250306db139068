/**
 * Accounts, users, access keys and inline policies, with the rules and texts of IAM (API reference version
 * 2010-05-08). Parsers throw `ManagementError`.
 */
import type { AccountId, Brand } from "./ids.ts";
import {
  ACCESS_KEY_ID_MAX_CHARACTERS,
  ACCESS_KEY_ID_MIN_CHARACTERS,
  IDENTITY_PAGE_DEFAULT,
  IDENTITY_PAGE_MAX,
  POLICY_NAME_MAX_CHARACTERS,
  USER_NAME_MAX_CHARACTERS,
  USER_PATH_MAX_CHARACTERS,
} from "./limits.ts";
import { type ManagementError, validationError } from "./management-error.ts";

export type UserName = Brand<"UserName">;
export type PolicyName = Brand<"PolicyName">;

export interface Account {
  readonly accountId: AccountId;
  readonly createdAtMs: number;
}

/** What names a user; names of one account differ in more than letter case. */
export interface UserKey {
  readonly accountId: AccountId;
  readonly userName: UserName;
}

export interface User extends UserKey {
  /** `AIDA` and 17 more characters; never used twice. */
  readonly userId: string;
  /** `/` or `/…/`. */
  readonly path: string;
  readonly createdAtMs: number;
}

/** The root of an account, or one of its users. */
export interface KeyOwner {
  readonly accountId: AccountId;
  /** `undefined` for the root. */
  readonly userId: string | undefined;
}

export const ACCESS_KEY_STATUSES = ["Active", "Inactive"] as const;
export type AccessKeyStatus = (typeof ACCESS_KEY_STATUSES)[number];

/** An access key as it is kept: its secret only in sealed form. */
export interface StoredAccessKey extends KeyOwner {
  readonly accessKeyId: string;
  readonly status: AccessKeyStatus;
  readonly createdAtMs: number;
  /** Sealed by the `SecretCipher` with `secretContext` of this key. */
  readonly sealedSecret: Uint8Array;
}

/** An inline policy of a user; the document as it was given. */
export interface UserPolicy {
  readonly policyName: PolicyName;
  readonly document: string;
}

/** Ties a sealed secret to its key, so that one moved to another key does not open. */
export function secretContext(accessKeyId: string): string {
  return `access-key:${accessKeyId}`;
}

/** `arn:aws:iam::<account>:root`. */
export function formatRootArn(accountId: AccountId): string {
  return `arn:aws:iam::${accountId}:root`;
}

/** `arn:aws:iam::<account>:user/<path><name>`; also for a user that is still to be made. */
export function formatUserArn(user: {
  readonly accountId: AccountId;
  readonly path: string;
  readonly userName: string;
}): string {
  return `arn:aws:iam::${user.accountId}:user${user.path}${user.userName}`;
}

/** Names are taken whatever their letter case; they are ASCII, so this is the same everywhere. */
export function foldUserName(userName: UserName): string {
  return userName.toLowerCase();
}

/** Characters that count towards the limit of a user's policies: all but white space. */
export function countPolicyCharacters(document: string): number {
  return document.replaceAll(/\s/g, "").length;
}

/** A user's name: 1 to 64 of `[\w+=,.@-]`. */
export function parseUserName(text: string | undefined): UserName {
  return parseName("userName", text, USER_NAME_MAX_CHARACTERS) as UserName;
}

/** A policy's name: 1 to 128 of `[\w+=,.@-]`. */
export function parsePolicyName(text: string | undefined): PolicyName {
  return parseName("policyName", text, POLICY_NAME_MAX_CHARACTERS) as PolicyName;
}

/** A path of users: `/` (also when absent) or printable ASCII between slashes, at most 512 characters. */
export function parseUserPath(text: string | undefined): string {
  const path = text ?? "/";
  checkLength("path", path, { min: 1, max: USER_PATH_MAX_CHARACTERS });
  if (path !== "/" && !/^\/[!-~]+\/$/.test(path)) {
    throw validationError(
      "The specified value for path is invalid. It must begin and end with / and contain only" +
        " printable ASCII characters.",
    );
  }
  return path;
}

/** What the paths of listed users begin with; `/` when absent. */
export function parsePathPrefix(text: string | undefined): string {
  const prefix = text ?? "/";
  checkLength("pathPrefix", prefix, { min: 1, max: USER_PATH_MAX_CHARACTERS });
  if (!/^\/[!-~]*$/.test(prefix)) {
    throw validationError(
      "The specified value for pathPrefix is invalid. It must begin with / and contain only" +
        " printable ASCII characters.",
    );
  }
  return prefix;
}

/** 16 to 128 letters, digits and underscores. */
export function parseAccessKeyId(text: string | undefined): string {
  const id = parsePresent("accessKeyId", text);
  checkLength("accessKeyId", id, {
    min: ACCESS_KEY_ID_MIN_CHARACTERS,
    max: ACCESS_KEY_ID_MAX_CHARACTERS,
  });
  if (!/^\w+$/.test(id)) {
    throw unsatisfied("accessKeyId", id, "satisfy regular expression pattern: [\\w]+");
  }
  return id;
}

/** `Active` or `Inactive`. */
export function parseAccessKeyStatus(text: string | undefined): AccessKeyStatus {
  const given = parsePresent("status", text);
  const status = ACCESS_KEY_STATUSES.find((known) => known === given);
  if (status === undefined) {
    const known = ACCESS_KEY_STATUSES.join(", ");
    throw unsatisfied("status", given, `satisfy enum value set: [${known}]`);
  }
  return status;
}

/** How many items a list shall return: 1 to 1000, 100 when absent. */
export function parseMaxItems(given: number | bigint | undefined): number {
  const count = Number(given ?? IDENTITY_PAGE_DEFAULT);
  if (count < 1) {
    throw unsatisfied("maxItems", String(count), "have value greater than or equal to 1");
  }
  if (count > IDENTITY_PAGE_MAX) {
    const rule = `have value less than or equal to ${IDENTITY_PAGE_MAX}`;
    throw unsatisfied("maxItems", String(count), rule);
  }
  return count;
}

/** A parameter that must be there. */
export function parsePresent(member: string, text: string | undefined): string {
  if (text === undefined) {
    throw validationError(
      `1 validation error detected: Value null at '${member}' failed to satisfy constraint:` +
        " Member must not be null",
    );
  }
  return text;
}

/** Throws `ValidationError` unless `text` has `min` to `max` characters. */
export function checkLength(
  member: string,
  text: string,
  limits: { readonly min: number; readonly max: number },
): void {
  if (text.length < limits.min) {
    const rule = `have length greater than or equal to ${limits.min}`;
    throw unsatisfied(member, text, rule);
  }
  if (text.length > limits.max) {
    throw unsatisfied(member, text, `have length less than or equal to ${limits.max}`);
  }
}

function parseName(member: string, text: string | undefined, max: number): string {
  const name = parsePresent(member, text);
  checkLength(member, name, { min: 1, max });
  if (!/^[\w+=,.@-]+$/.test(name)) {
    throw validationError(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters` +
        " and/or the following: +=,.@_-",
    );
  }
  return name;
}

const SHOWN_CHARACTERS = 128;

function unsatisfied(member: string, value: string, rule: string): ManagementError {
  const shown = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value;
  return validationError(
    `1 validation error detected: Value '${shown}' at '${member}' failed to satisfy constraint:` +
      ` Member must ${rule}`,
  );
}
