/** The lines of a journal: one JSON object each (docs/format-journal.md). */
import { assert } from "../../std/assert.ts";
import { findIsoInstant, formatIsoMilliseconds } from "../../std/iso-time.ts";
import type { JournalRecord } from "./journal-record.ts";

/** The version of the form that this program writes, and the newest that it reads. */
export const JOURNAL_VERSION = 1;

/** The first line: whose records follow. */
export interface JournalHeader {
  readonly vaultArn: string;
  readonly version: number;
}

export type JournalLine =
  | { readonly kind: "record"; readonly record: JournalRecord }
  | ({ readonly kind: "header" } & JournalHeader)
  /** Blank, or an operation that only a newer program knows. */
  | { readonly kind: "ignored" }
  | { readonly kind: "malformed"; readonly reason: string };

/** The line of a header, with its line feed. */
export function formatHeader(vaultArn: string): string {
  return `${JSON.stringify({ op: "JOURNAL", vault: vaultArn, version: JOURNAL_VERSION })}\n`;
}

/**
 * The line of a record, with its line feed. Throws `AssertionError` for a record that `parseJournalLine`
 * would refuse, such as one with a blank name: what can't be read back is not written.
 */
export function formatRecord(record: JournalRecord): string {
  const text = JSON.stringify(membersOf(record));
  const line = parseJournalLine(text);
  const reason = line.kind === "malformed" ? line.reason : line.kind;
  assert(line.kind === "record", `a ${record.op} record can't be written: ${reason}`);
  return `${text}\n`;
}

/** What a line says; never throws. Members that are unknown are ignored. */
export function parseJournalLine(text: string): JournalLine {
  if (text.trim() === "") {
    return { kind: "ignored" };
  }
  try {
    return parseMembers(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { kind: "malformed", reason: "it is not JSON" };
    }
    if (error instanceof BadMember) {
      return { kind: "malformed", reason: error.message };
    }
    throw error;
  }
}

type Members = { readonly [key: string]: unknown };

/** In the order in which they are written; `undefined` members are left out. */
function membersOf(record: JournalRecord): Members {
  const start = { t: instantText("t", record.atMs), op: record.op };
  switch (record.op) {
    case "CREATED":
      return {
        ...start,
        id: record.archiveId,
        size: record.sizeBytes,
        mtime: optionalInstantText("mtime", record.modifiedAtMs),
        treeHash: record.treeHash,
        name: record.name,
        description: record.description,
        upload: record.uploadId,
      };
    case "PACKED":
      return {
        ...start,
        id: record.packId,
        offset: record.offset,
        of: record.memberCount,
        size: record.sizeBytes,
        mtime: instantText("mtime", record.modifiedAtMs),
        mode: record.mode.toString(8),
        treeHash: record.treeHash,
        name: record.name,
      };
    case "DELETED":
    case "FOUND":
    case "DOWNLOADED":
      return { ...start, id: record.archiveId };
    case "RETRIEVED":
      return { ...start, id: record.archiveId, job: record.jobId };
    case "UPLOAD_STARTED":
      return {
        ...start,
        upload: record.uploadId,
        partSize: record.partSizeBytes,
        size: record.sizeBytes,
        mtime: optionalInstantText("mtime", record.modifiedAtMs),
        name: record.name,
        path: record.path,
      };
    case "UPLOAD_ENDED":
      return { ...start, upload: record.uploadId };
  }
}

/** The last instant of the year 9999: later ones have no four digits of a year. */
const LATEST_MS = 253_402_300_799_999;

function optionalInstantText(key: string, epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : instantText(key, epochMs);
}

function instantText(key: string, epochMs: number): string {
  const isShown = epochMs >= -62_167_219_200_000 && epochMs <= LATEST_MS;
  assert(isShown, `${key} must be an instant of the years 0 to 9999; got ${epochMs} ms since 1970`);
  return formatIsoMilliseconds(epochMs);
}

class BadMember extends Error {}

function parseMembers(value: unknown): JournalLine {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadMember("it is not a JSON object");
  }
  // An object of JSON has members by text, whatever they are.
  const members = value as Members;
  const op = text(members, "op");
  if (op === "JOURNAL") {
    return {
      kind: "header",
      vaultArn: text(members, "vault"),
      version: wholeNumber(members, "version"),
    };
  }
  const record = findRecord(op, members);
  return record === undefined ? { kind: "ignored" } : { kind: "record", record };
}

function findRecord(op: string, members: Members): JournalRecord | undefined {
  switch (op) {
    case "CREATED":
      return {
        op,
        atMs: instant(members, "t"),
        archiveId: text(members, "id"),
        sizeBytes: wholeNumber(members, "size"),
        modifiedAtMs: optional(members, "mtime", instant),
        treeHash: optional(members, "treeHash", hash),
        name: text(members, "name"),
        description: optional(members, "description", anyText),
        uploadId: optional(members, "upload", text),
      };
    case "PACKED":
      return {
        op,
        atMs: instant(members, "t"),
        packId: text(members, "id"),
        offset: wholeNumber(members, "offset"),
        memberCount: wholeNumber(members, "of"),
        sizeBytes: wholeNumber(members, "size"),
        modifiedAtMs: instant(members, "mtime"),
        mode: permissions(members, "mode"),
        treeHash: hash(members, "treeHash"),
        name: text(members, "name"),
      };
    case "DELETED":
    case "FOUND":
    case "DOWNLOADED":
      return { op, atMs: instant(members, "t"), archiveId: text(members, "id") };
    case "RETRIEVED":
      return {
        op,
        atMs: instant(members, "t"),
        archiveId: text(members, "id"),
        jobId: text(members, "job"),
      };
    case "UPLOAD_STARTED":
      return {
        op,
        atMs: instant(members, "t"),
        uploadId: text(members, "upload"),
        partSizeBytes: wholeNumber(members, "partSize"),
        sizeBytes: optional(members, "size", wholeNumber),
        modifiedAtMs: optional(members, "mtime", instant),
        name: text(members, "name"),
        path: optional(members, "path", text),
      };
    case "UPLOAD_ENDED":
      return { op, atMs: instant(members, "t"), uploadId: text(members, "upload") };
    default:
      return undefined;
  }
}

function optional<Value>(
  members: Members,
  key: string,
  read: (members: Members, key: string) => Value,
): Value | undefined {
  const value = members[key];
  return value === undefined || value === null ? undefined : read(members, key);
}

function text(members: Members, key: string): string {
  const value = members[key];
  if (typeof value !== "string" || value.trim() === "") {
    throw badMember(members, key, "a text that is not blank");
  }
  return value;
}

function anyText(members: Members, key: string): string {
  const value = members[key];
  if (typeof value !== "string") {
    throw badMember(members, key, "a text");
  }
  return value;
}

function wholeNumber(members: Members, key: string): number {
  const value = members[key];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw badMember(members, key, "a whole number of at most 2^53-1");
  }
  return value;
}

function hash(members: Members, key: string): string {
  const value = members[key];
  if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) {
    throw badMember(members, key, "64 lower-case hex digits");
  }
  return value;
}

function permissions(members: Members, key: string): number {
  const value = members[key];
  if (typeof value !== "string" || !/^[0-7]{1,4}$/.test(value)) {
    throw badMember(members, key, "up to 4 octal digits");
  }
  return Number.parseInt(value, 8);
}

function instant(members: Members, key: string): number {
  const value = members[key];
  const epochMs = typeof value === "string" ? findIsoInstant(value) : undefined;
  if (epochMs === undefined) {
    throw badMember(members, key, "an instant such as 2026-01-31T12:00:00.000Z");
  }
  return epochMs;
}

const SHOWN_CHARACTERS = 80;

function badMember(members: Members, key: string, rule: string): BadMember {
  const value = members[key];
  const got = value === undefined ? "nothing" : JSON.stringify(value).slice(0, SHOWN_CHARACTERS);
  return new BadMember(`"${key}" must be ${rule}; got ${got}`);
}
