/** Reading what another program knows of a vault. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { createCatalogBuilder } from "../build-catalog.ts";
import type { JournalCatalog } from "../catalog.ts";
import { parseJournalLine } from "../format-record.ts";
import { InventoryFormatError, recordOfItem } from "../inventory/inventory-item.ts";
import { isCsvHeader, parseCsvLine } from "../inventory/parse-inventory-csv.ts";
import { parseInventoryJson } from "../inventory/parse-inventory-json.ts";
import type { JournalRecord } from "../journal-record.ts";
import { findMtRecord, isMtLine } from "./mtglacier.ts";
import {
  findDatabaseFormat,
  type NameDatabase,
  readGlacierCliCache,
  readSynologyMapping,
} from "./name-databases.ts";

export const IMPORT_FORMATS = [
  "moraine",
  "mtglacier",
  "glacier-cli",
  "fastglacier",
  "synology",
  "inventory-json",
  "inventory-csv",
] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportSource {
  readonly path: string;
  readonly format: ImportFormat;
  readonly vaultName: string;
  readonly vaultArn: string;
}

/** Archives with all that is known of them, or names only. */
export type Imported =
  | { readonly kind: "archives"; readonly catalog: JournalCatalog }
  | ({ readonly kind: "names" } & NameDatabase);

const BEGINNING_BYTES = 4096;

/** Whose file it is, by its beginning; `undefined` when it is none of those known. */
export async function findImportFormat(path: string): Promise<ImportFormat | undefined> {
  const bytes = await readBeginning(path);
  if (bytes.subarray(0, 15).toString("latin1") === "SQLite format 3") {
    return findDatabaseFormat(path);
  }
  const text = bytes.toString("utf8");
  const [first = ""] = text.split(/\r?\n/, 1);
  if (parseJournalLine(first).kind === "header") {
    return "moraine";
  }
  if (isCsvHeader(first)) {
    return "inventory-csv";
  }
  if (isMtLine(first)) {
    return "mtglacier";
  }
  return text.trimStart().startsWith("{") ? "inventory-json" : undefined;
}

/**
 * Reads the whole file. Throws a `VerbFailure` that names the line or the archive for a file with anything
 * malformed in it: nothing of such a file is taken.
 */
export async function readImport(source: ImportSource): Promise<Imported> {
  const { path, format, vaultName } = source;
  switch (format) {
    case "glacier-cli":
      return { kind: "names", ...readGlacierCliCache(path, vaultName) };
    case "synology":
      return { kind: "names", ...readSynologyMapping(path) };
    case "moraine":
      return await readArchives(readMoraineJournal(source));
    case "mtglacier":
      return await readArchives(readMtJournal(path));
    case "inventory-csv":
      return await readArchives(readCsv(path));
    case "inventory-json":
    case "fastglacier":
      // What FastGlacier knows is in the descriptions of the inventory.
      return await readArchives(readJson(source));
  }
}

async function readBeginning(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(BEGINNING_BYTES);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function readArchives(records: AsyncIterable<JournalRecord>): Promise<Imported> {
  const builder = createCatalogBuilder();
  for await (const record of records) {
    builder.add(record);
  }
  return { kind: "archives", catalog: builder.catalog };
}

async function* readMoraineJournal(source: ImportSource): AsyncGenerator<JournalRecord> {
  const { path, vaultArn } = source;
  for await (const { line, lineNumber } of readLines(path)) {
    const parsed = parseJournalLine(line);
    if (parsed.kind === "malformed") {
      throw malformed(path, `line ${lineNumber}: ${parsed.reason}`);
    }
    if (lineNumber === 1 && parsed.kind !== "header") {
      throw malformed(path, "line 1: it must be the header of a journal");
    }
    if (parsed.kind === "header" && parsed.vaultArn !== vaultArn) {
      const where = `line ${lineNumber}`;
      throw malformed(path, `${where}: it is of ${parsed.vaultArn}, and not of ${vaultArn}`);
    }
    if (parsed.kind === "record") {
      yield parsed.record;
    }
  }
}

async function* readMtJournal(path: string): AsyncGenerator<JournalRecord> {
  for await (const { line, lineNumber } of readLines(path)) {
    const records = line.trim() === "" ? [] : findMtRecord(line);
    if (records === undefined) {
      throw malformed(
        path,
        `line ${lineNumber}: it must be a line of mt-aws-glacier, such as` +
          ` B<tab>time<tab>CREATED<tab>id<tab>size<tab>mtime<tab>tree hash<tab>name`,
      );
    }
    yield* records;
  }
}

async function* readCsv(path: string): AsyncGenerator<JournalRecord> {
  for await (const { line, lineNumber } of readLines(path)) {
    if (lineNumber === 1 && !isCsvHeader(line)) {
      throw malformed(path, "line 1: it must be the header of an inventory, ArchiveId,…");
    }
    if (lineNumber > 1 && line !== "") {
      yield recordOfItem(explained(path, () => parseCsvLine(line, lineNumber)));
    }
  }
}

async function* readJson({ path, vaultArn }: ImportSource): AsyncGenerator<JournalRecord> {
  try {
    for await (const { head, item } of parseInventoryJson(createReadStream(path))) {
      if (head.vaultArn !== undefined && nameIn(head.vaultArn) !== nameIn(vaultArn)) {
        throw new InventoryFormatError(`it is of ${head.vaultArn}, and not of ${vaultArn}`);
      }
      yield recordOfItem(item);
    }
  } catch (error) {
    throw error instanceof InventoryFormatError ? malformed(path, error.message) : error;
  }
}

/** Inventories travel between services, whose accounts and regions may differ; the vault's name stays. */
function nameIn(vaultArn: string): string | undefined {
  return vaultArn.split("/").at(-1);
}

async function* readLines(path: string) {
  const file = await open(path, "r");
  try {
    let lineNumber = 0;
    for await (const line of file.readLines({ encoding: "utf8", autoClose: false })) {
      lineNumber += 1;
      if (line.includes("\ufffd")) {
        throw malformed(path, `line ${lineNumber}: it is not UTF-8`);
      }
      yield { line, lineNumber };
    }
  } finally {
    await file.close();
  }
}

function explained<Result>(path: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw error instanceof InventoryFormatError ? malformed(path, error.message) : error;
  }
}

function malformed(path: string, reason: string): VerbFailure {
  return new VerbFailure(EXIT.failed, `${path}: ${reason}. Nothing of it was imported.`);
}
