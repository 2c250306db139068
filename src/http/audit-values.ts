/** Values of requests as the audit log may show them: bounded, and without secrets. */
import type { JsonValue } from "../std/json.ts";

/** What CloudTrail shows in place of a secret. */
export const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

const TEXT_MAX_CHARACTERS = 2048;
/** Policies are what an auditor looks for: those of vaults are shown whole (contract §1.10: 20 KiB). */
const POLICY_MAX_CHARACTERS = 20 * 1024;
const ITEMS_MAX = 100;
const DEPTH_MAX = 8;

/**
 * Secrets, tokens that stand for a permission, and the bodies of messages, by the name of their member. A
 * `NextToken` only says where a list goes on.
 */
const SECRET_NAME = /secret|password|authorization|signature|^(security)?token$|^message(body)?$/i;
const MESSAGE_ATTRIBUTES = /^message(system)?attributes$/i;
const POLICY_NAME = /^policy(document)?$/i;

/** `undefined` is `null`; members begin with a small letter, as CloudTrail writes them, map keys do not. */
export function toAuditJson(value: unknown): JsonValue {
  return convert(value, { name: "", depth: 0 });
}

/** `text`, or its beginning and how much was cut off. */
export function cutText(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters
    ? text
    : `${text.slice(0, maxCharacters).toWellFormed()}… (${text.length - maxCharacters} more)`;
}

/** Credentials in URLs and in query strings. */
export function hideCredentials(text: string): string {
  if (!text.includes("@") && !text.includes("=")) {
    // Both patterns need one of them.
    return text;
  }
  return text
    .replaceAll(/(\w:\/\/)[^/?#@\s]+@/g, `$1${HIDDEN}@`)
    .replaceAll(
      /((?:X-Amz-Signature|X-Amz-Security-Token|Token|Signature)=)[^&\s,'"]+/gi,
      `$1${HIDDEN}`,
    );
}

interface Place {
  readonly name: string;
  readonly depth: number;
}

function convert(value: unknown, place: Place): JsonValue {
  if (value === undefined || value === null) {
    return null;
  }
  if (SECRET_NAME.test(place.name) || MESSAGE_ATTRIBUTES.test(place.name)) {
    return HIDDEN;
  }
  switch (typeof value) {
    case "string":
      return POLICY_NAME.test(place.name)
        ? cutText(value, POLICY_MAX_CHARACTERS)
        : cutText(hideCredentials(value), TEXT_MAX_CHARACTERS);
    case "number":
    case "bigint":
    case "boolean":
      return value;
    default:
      return place.depth >= DEPTH_MAX ? "…" : convertParts(value as object, place);
  }
}

function convertParts(value: object, { name, depth }: Place): JsonValue {
  if (Array.isArray(value)) {
    const items = value
      .slice(0, ITEMS_MAX)
      .map((item) => convert(item, { name, depth: depth + 1 }));
    return value.length > ITEMS_MAX ? [...items, `… (${value.length - ITEMS_MAX} more)`] : items;
  }
  const isMap = value instanceof Map;
  const entries: [string, unknown][] = isMap ? [...value] : Object.entries(value);
  const members = entries
    .filter(([, member]) => member !== undefined && member !== null)
    .slice(0, ITEMS_MAX)
    .map(([key, member]): [string, JsonValue] => [
      isMap ? cutText(key, TEXT_MAX_CHARACTERS) : lowerFirst(key),
      convert(member, { name: key, depth: depth + 1 }),
    ]);
  return Object.fromEntries(members);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
