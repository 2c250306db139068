/** Loading a journal: from its beginning, or from where its cache ends. */
import type { FileHandle } from "node:fs/promises";
import { EXIT } from "../exit-codes.ts";
import type { Reporter } from "../report/reporter.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { type CatalogBuilder, createCatalogBuilder } from "./build-catalog.ts";
import { findCachedCatalog, writeCachedCatalog } from "./catalog-cache.ts";
import { formatHeader, JOURNAL_VERSION, type JournalHeader } from "./format-record.ts";
import { type JournalEnd, readJournal, type SkippedLine } from "./read-journal.ts";

/** What a journal is of, and whom to tell of lines that can't be read. */
export interface JournalPlace {
  readonly path: string;
  readonly vaultArn: string;
  readonly vaultName: string;
  readonly reporter: Pick<Reporter, "failed">;
}

export interface LoadedJournal {
  readonly builder: CatalogBuilder;
  readonly end: JournalEnd;
  /** Lines that were read one by one; the cache knew the others. */
  readonly readLineCount: number;
}

/** A cache is made when so many lines were read one by one. */
export const CACHE_AFTER_LINES = 200_000;

/**
 * Reads the journal and tells of each line that is skipped. Throws a `VerbFailure` when the file is no
 * journal, or one of another vault or of a newer program. Writes a cache after a long reading.
 */
export async function loadJournal(
  place: JournalPlace,
  file: FileHandle,
  cacheAfterLines: number = CACHE_AFTER_LINES,
): Promise<LoadedJournal> {
  const cached = await findCachedCatalog(place, file);
  const builder = createCatalogBuilder(cached?.state);
  const skipped: SkippedLine[] = [...(cached?.skipped ?? [])];
  for (const line of skipped) {
    tellSkipped(place, line);
  }
  const end = await readJournal(
    file,
    {
      onRecord: builder.add,
      onHeader: (header) => checkHeader(place, header),
      onNoHeader: (begun) => checkBegun(place, begun),
      onSkipped: (line) => {
        skipped.push(line);
        tellSkipped(place, line);
      },
    },
    cached,
  );
  const { offset, lineCount, crc, tail } = end;
  const readLineCount = lineCount - (cached?.lineCount ?? 0);
  // A last line without line feed is in the catalogue and not before the offset.
  if (tail !== "whole" && readLineCount >= cacheAfterLines) {
    const { path, vaultArn } = place;
    const state = builder.state();
    await writeCachedCatalog(path, { vaultArn, offset, lineCount, crc, skipped, state });
  }
  return { builder, end, readLineCount };
}

function tellSkipped({ path, reporter }: JournalPlace, { lineNumber, reason }: SkippedLine): void {
  reporter.failed(
    { event: "journal-line-skipped", journal: path, line: lineNumber, reason },
    `${path}: line ${lineNumber} is skipped: ${reason}`,
  );
}

function checkHeader({ path, vaultArn }: JournalPlace, header: JournalHeader): void {
  if (header.vaultArn !== vaultArn) {
    throw notAJournal(path, `it holds records of ${header.vaultArn}, and not of ${vaultArn}`);
  }
  if (header.version > JOURNAL_VERSION) {
    throw notAJournal(
      path,
      `it has the form ${header.version} of a newer moraine, and this one knows ${JOURNAL_VERSION}`,
    );
  }
}

/** A crash, or another process making the file, can leave no more than a part of the header. */
function checkBegun({ path, vaultArn }: JournalPlace, begun: string | undefined): void {
  const header = formatHeader(vaultArn);
  if (begun === undefined || !header.startsWith(begun)) {
    throw notAJournal(path, `its first line must be ${header.trim()}`);
  }
}

function notAJournal(path: string, reason: string): VerbFailure {
  return new VerbFailure(EXIT.failed, `${path} can't be used as the journal: ${reason}`);
}
