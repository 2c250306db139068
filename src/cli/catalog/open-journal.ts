/** Opening the journal of a vault, to write it or to read it. */
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { assert } from "../../std/assert.ts";
import { syncFolder } from "../../std/durable-file-node.ts";
import { EXIT } from "../exit-codes.ts";
import type { FoundVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { isSystemError, VerbFailure } from "../session/verb-failure.ts";
import type { CatalogBuilder } from "./build-catalog.ts";
import type { JournalCatalog } from "./catalog.ts";
import { formatHeader, formatRecord, parseJournalLine } from "./format-record.ts";
import type { Journal } from "./journal.ts";
import { lockJournal } from "./journal-lock.ts";
import { journalPath } from "./journal-path.ts";
import type { JournalRecord } from "./journal-record.ts";
import { type JournalPlace, loadJournal } from "./load-journal.ts";
import { makeFolder } from "./make-folder.ts";
import type { JournalEnd } from "./read-journal.ts";

/** Names of files are nobody else's business. */
const FILE_MODE = 0o600;

/**
 * Opens the journal of `vault` to write it, and makes it when there is none; `close` it. Throws a
 * `VerbFailure`: to come again `later` when another process writes it, `failed` when the file is no
 * journal, or one of another vault; and the file system's error.
 */
export async function openJournal(session: Session, vault: FoundVault): Promise<Journal> {
  return await openJournalAt(placeOf(session, vault));
}

/**
 * The catalogue of `vault` as its journal says it now, without a lock. Throws a `VerbFailure` that says how
 * to get one when there is no journal, and as `openJournal`.
 */
export async function readCatalog(session: Session, vault: FoundVault): Promise<JournalCatalog> {
  const place = placeOf(session, vault);
  const catalog = await findCatalogAt(place);
  if (catalog === undefined) {
    throw new VerbFailure(EXIT.failed, describeNoJournal(place));
  }
  return catalog;
}

/** As `readCatalog`; `undefined` when there is no journal. */
export async function findCatalog(
  session: Session,
  vault: FoundVault,
): Promise<JournalCatalog | undefined> {
  return await findCatalogAt(placeOf(session, vault));
}

/** What to do without a journal. */
export function describeNoJournal({ path, vaultName }: JournalPlace): string {
  return (
    `there is no journal of the vault ${vaultName} at ${path}.` +
    ` \`moraine catalog rebuild ${vaultName}\` makes one from an inventory.`
  );
}

/** Where the journal of `vault` is. */
export function placeOf(session: Session, vault: FoundVault): JournalPlace {
  const { vaultName, arn: vaultArn } = vault;
  return { path: journalPath(session, vault), vaultArn, vaultName, reporter: session.reporter };
}

/** As `findCatalog`, for a file that is known. */
export async function findCatalogAt(place: JournalPlace): Promise<JournalCatalog | undefined> {
  const file = await openIfThere(place.path);
  if (file === undefined) {
    return undefined;
  }
  try {
    const { builder } = await loadJournal(place, file);
    return builder.catalog;
  } finally {
    await file.close();
  }
}

/** As `openJournal`, for a file that is known. */
export async function openJournalAt(place: JournalPlace): Promise<Journal> {
  await makeFolder(dirname(place.path));
  const lock = lockJournal(place.path);
  let file: FileHandle | undefined;
  try {
    file = await open(place.path, "a+", FILE_MODE);
    await beginFile(place, file);
    const { builder, end } = await loadJournal(place, file);
    await repairTail(file, end);
    return createWriter(place.path, { file, builder, release: () => lock.release() });
  } catch (error) {
    await file?.close();
    lock.release();
    throw error;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Writes the header into a new file, or into one whose header a crash cut off. */
async function beginFile({ path, vaultArn }: JournalPlace, file: FileHandle): Promise<void> {
  const header = formatHeader(vaultArn);
  const { size } = await file.stat();
  if (size >= header.length) {
    return;
  }
  const present = Buffer.alloc(size);
  await file.read(present, 0, size, 0);
  if (header.startsWith(present.toString("latin1"))) {
    await file.appendFile(header.slice(size));
    await file.sync();
    await syncFolder(dirname(path));
  }
}

/** What a crash left of a line was never acknowledged and goes; a whole one gets its line feed. */
async function repairTail(file: FileHandle, { offset, tail }: JournalEnd): Promise<void> {
  if (tail === "torn") {
    await file.truncate(offset);
    await file.sync();
  } else if (tail === "whole") {
    await file.appendFile("\n");
    await file.sync();
  }
}

interface Batch {
  text: string;
  readonly records: JournalRecord[];
  readonly written: Promise<void>;
}

function createWriter(
  path: string,
  parts: {
    readonly file: FileHandle;
    readonly builder: CatalogBuilder;
    readonly release: () => void;
  },
): Journal {
  const { file, builder, release } = parts;
  const { catalog } = builder;
  let isClosed = false;
  /** The batch that still takes records: it waits for the one being written. */
  let waiting: Batch | undefined;
  let lastWritten: Promise<void> = Promise.resolve();

  const write = async (after: Promise<void>) => {
    // When one write has failed the file's end is unknown, and every later one fails with it.
    await after;
    const batch = waiting;
    waiting = undefined;
    await file.appendFile(batch?.text ?? "");
    await file.datasync();
    for (const record of batch?.records ?? []) {
      builder.add(record);
    }
  };
  const begin = (): Batch => {
    lastWritten = write(lastWritten);
    // Each call of `append` is told; here nobody may be waiting yet.
    lastWritten.catch(() => undefined);
    return { text: "", records: [], written: lastWritten };
  };
  return {
    path,
    get entries() {
      return catalog.entries;
    },
    versionsOf: catalog.versionsOf,
    openUploads: catalog.openUploads,
    deletedAtMs: catalog.deletedAtMs,
    deletedIds: catalog.deletedIds,
    append: async (...records) => {
      assert(!isClosed, `${path} is closed`);
      // The catalogue takes what a later reading will find: times are cut to milliseconds, for one.
      const lines = records.map(formatRecord);
      waiting ??= begin();
      const batch = waiting;
      batch.text += lines.join("");
      batch.records.push(...lines.flatMap(recordOf));
      await batch.written;
    },
    close: async () => {
      if (isClosed) {
        return;
      }
      isClosed = true;
      await lastWritten.catch(() => undefined);
      await file.close();
      release();
    },
  };
}

function recordOf(line: string): JournalRecord[] {
  const parsed = parseJournalLine(line);
  return parsed.kind === "record" ? [parsed.record] : [];
}
