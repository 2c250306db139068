/**
 * Journals of mt-aws-glacier: lines with tabs, such as `B <time> CREATED <id> <size> <mtime> <tree hash>
 * <name>` with times in seconds. Letters A to C differ in nothing that matters here; before them came lines
 * without a letter and without a modification time.
 */
import type { CatalogEntry } from "../catalog.ts";
import type { JournalRecord } from "../journal-record.ts";

const created =
  /^[ABC]\t(\d{1,12})\tCREATED\t([\w-]+)\t(\d{1,16})\t([+-]?\d{1,12}|NONE)\t([0-9a-fA-F]{64})\t(.+)$/;
const deleted = /^[ABC]\t(\d{1,12})\tDELETED\t([\w-]+)\t.*$/;
const retrieved = /^[ABC]\t(\d{1,12})\tRETRIEVE_JOB\t([\w-]+)\t([\w-]+)$/;
const oldCreated = /^(\d{1,12})\s+CREATED\s+([\w-]+)\s+(\d{1,16})\s+([0-9a-fA-F]{64})\s+(.+)$/;
const oldDeleted = /^(\d{1,12})\s+DELETED\s+([\w-]+)\s+.*$/;
const oldRetrieved = /^\d{1,12}\s+RETRIEVE_JOB\s+[\w-]+$/;

/** Whether a journal may begin with `line`. */
export function isMtLine(line: string): boolean {
  return findMtRecord(line) !== undefined;
}

/** The records of a line, none for a retrieval without its job; `undefined` for any other line. */
export function findMtRecord(line: string): readonly JournalRecord[] | undefined {
  const [, time = "", archiveId = "", ...rest] =
    created.exec(line) ?? deleted.exec(line) ?? retrieved.exec(line) ?? [];
  const atMs = Number(time) * 1000;
  if (rest.length === 4) {
    const [size = "", mtime = "", treeHash = "", name = ""] = rest;
    const modifiedAtMs = mtime === "NONE" ? undefined : Number(mtime) * 1000;
    return [createdRecord({ atMs, archiveId, size, modifiedAtMs, treeHash, name })];
  }
  if (rest.length === 1) {
    return [{ op: "RETRIEVED", atMs, archiveId, jobId: rest[0] ?? "" }];
  }
  return archiveId === "" ? findOldRecord(line) : [{ op: "DELETED", atMs, archiveId }];
}

function findOldRecord(line: string): readonly JournalRecord[] | undefined {
  if (oldRetrieved.test(line)) {
    return [];
  }
  const [, time = "", archiveId = "", size, treeHash = "", name = ""] =
    oldCreated.exec(line) ?? oldDeleted.exec(line) ?? [];
  const atMs = Number(time) * 1000;
  if (archiveId === "") {
    return undefined;
  }
  return size === undefined
    ? [{ op: "DELETED", atMs, archiveId }]
    : [createdRecord({ atMs, archiveId, size, modifiedAtMs: undefined, treeHash, name })];
}

function createdRecord(parts: {
  readonly atMs: number;
  readonly archiveId: string;
  readonly size: string;
  readonly modifiedAtMs: number | undefined;
  readonly treeHash: string;
  readonly name: string;
}): JournalRecord {
  const { size, treeHash, ...rest } = parts;
  return { op: "CREATED", ...rest, sizeBytes: Number(size), treeHash: treeHash.toLowerCase() };
}

/** The line of an archive; `undefined` when mt-aws-glacier has no way to write it down. */
export function formatMtLine(entry: CatalogEntry): string | undefined {
  const { archiveId, name, sizeBytes, treeHash, createdAtMs, modifiedAtMs } = entry;
  if (treeHash === undefined || /[\t\r\n]/.test(name)) {
    return undefined;
  }
  const seconds = (epochMs: number) => String(Math.floor(epochMs / 1000));
  const mtime = modifiedAtMs === undefined ? "NONE" : seconds(modifiedAtMs);
  const fields = [
    "B",
    seconds(createdAtMs),
    "CREATED",
    archiveId,
    sizeBytes,
    mtime,
    treeHash,
    name,
  ];
  return `${fields.join("\t")}\n`;
}
