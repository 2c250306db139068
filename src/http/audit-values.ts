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
  const kind = kindOf(place.name);
  if (kind === "secret") {
    return HIDDEN;
  }
  switch (typeof value) {
    case "string":
      return kind === "policy"
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

type NameKind = "secret" | "policy" | "plain";

/** Kinds of names met before: nearly all are those of the operations' shapes. */
const knownKinds = new Map<string, NameKind>();
/** Names of tags and of other maps come from clients. */
const KNOWN_KINDS_MAX = 1024;
const KNOWN_NAME_MAX_CHARACTERS = 64;

function kindOf(name: string): NameKind {
  const known = knownKinds.get(name);
  if (known !== undefined) {
    return known;
  }
  const kind = decideKind(name);
  if (knownKinds.size < KNOWN_KINDS_MAX && name.length <= KNOWN_NAME_MAX_CHARACTERS) {
    knownKinds.set(name, kind);
  }
  return kind;
}

function decideKind(name: string): NameKind {
  if (SECRET_NAME.test(name) || MESSAGE_ATTRIBUTES.test(name)) {
    return "secret";
  }
  return POLICY_NAME.test(name) ? "policy" : "plain";
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
  const members: [string, JsonValue][] = [];
  for (const [key, member] of entries) {
    if (member !== undefined && member !== null && members.length < ITEMS_MAX) {
      const shown = isMap ? cutText(key, TEXT_MAX_CHARACTERS) : lowerFirst(key);
      members.push([shown, convert(member, { name: key, depth: depth + 1 })]);
    }
  }
  return Object.fromEntries(members);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
