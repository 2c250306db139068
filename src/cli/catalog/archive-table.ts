/** Listings of archives, for people and as lines of JSON. */
import { decodeDescription } from "../../domain/descriptions/decode-description.ts";
import { formatIsoMilliseconds } from "../../std/iso-time.ts";
import { escapeControls } from "../high-level/tool-command.ts";
import type { ReportEvent } from "../report/reporter.ts";
import { formatSize, formatTableTime } from "../units.ts";
import type { SelectedEntry } from "./select-entries.ts";

export interface ListedEntry extends SelectedEntry {
  readonly vaultName: string;
}

export interface TableOptions {
  readonly long: boolean;
  readonly fullIds: boolean;
  /** Shows `VAULT/NAME` in place of the name. */
  readonly withVault: boolean;
  /** Width of the screen; `undefined` for files and pipes, where nothing is cut. */
  readonly columns: number | undefined;
}

/** Everything that is known of an archive. */
export function archiveEvent({ vaultName, entry, version, shownName }: ListedEntry): ReportEvent {
  const { archiveId, name, sizeBytes, treeHash, createdAtMs, modifiedAtMs, description } = entry;
  return {
    event: "archive",
    vault: vaultName,
    name,
    version,
    shownName,
    archiveId,
    sizeBytes,
    treeHash,
    createdAt: formatIsoMilliseconds(createdAtMs),
    modifiedAt: modifiedAtMs === undefined ? undefined : formatIsoMilliseconds(modifiedAtMs),
    description,
    ...(entry.packed === undefined ? {} : { pack: entry.packed.packId }),
    from: toolOf(entry),
  };
}

interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** Lower ones are dropped first when the screen is narrow; names never are. */
  readonly weight: number;
  readonly text: (listed: ListedEntry) => string;
}

const SIZE: Column = {
  title: "SIZE",
  right: true,
  weight: 4,
  text: ({ entry }) => formatSize(entry.sizeBytes),
};
const MODIFIED: Column = {
  title: "MODIFIED",
  weight: 3,
  text: ({ entry }) =>
    entry.modifiedAtMs === undefined ? "–" : formatTableTime(entry.modifiedAtMs),
};
const UPLOADED: Column = {
  title: "UPLOADED",
  weight: 2,
  text: ({ entry }) => formatTableTime(entry.createdAtMs),
};
const TREE_HASH: Column = {
  title: "TREE HASH",
  weight: 1,
  text: ({ entry }) => (entry.treeHash === undefined ? "–" : `${entry.treeHash.slice(0, 8)}…`),
};
const FROM: Column = { title: "FROM", weight: 0, text: ({ entry }) => toolOf(entry) };
const FULL_ID: Column = { title: "ARCHIVE ID", weight: 9, text: ({ entry }) => entry.archiveId };

/** Fewer columns than that say nothing of a name. */
const NAME_MIN_COLUMNS = 24;
const GAP = "  ";

/**
 * The lines of a table. Columns that a narrow screen has no room for are left out, and names are cut in
 * their middle; the name stands last, so that nothing is padded behind it.
 */
export function formatArchiveTable(
  entries: readonly ListedEntry[],
  options: TableOptions,
): readonly string[] {
  const { columns: screen = Number.POSITIVE_INFINITY } = options;
  const wanted = options.long ? [SIZE, MODIFIED, UPLOADED, TREE_HASH, FROM] : [SIZE, MODIFIED];
  const columns = options.fullIds ? [...wanted, FULL_ID] : wanted;
  const measured = columns.map((column) => ({ column, width: widthOf(column, entries) }));
  const room = () => screen - measured.reduce((sum, { width }) => sum + width + GAP.length, 0);
  while (room() < NAME_MIN_COLUMNS && measured.some(({ column }) => column.weight < 4)) {
    const least = Math.min(...measured.map(({ column }) => column.weight));
    measured.splice(
      measured.findIndex(({ column }) => column.weight === least),
      1,
    );
  }
  const nameColumns = Math.max(NAME_MIN_COLUMNS, room());
  return [
    [...measured.map(({ column, width }) => align(column, column.title, width)), "NAME"],
    ...entries.map((listed) => [
      ...measured.map(({ column, width }) => align(column, column.text(listed), width)),
      cutMiddle(nameOf(listed, options), nameColumns),
    ]),
  ].map((cells) => cells.join(GAP));
}

/**
 * Every column but the name holds characters of one column each, so that padding needs no measuring of
 * texts; a table library takes minutes for the rows of a large vault.
 */
function align({ right }: Column, text: string, width: number): string {
  return right === true ? text.padStart(width) : text.padEnd(width);
}

function widthOf(column: Column, entries: readonly ListedEntry[]): number {
  return entries.reduce(
    (width, listed) => Math.max(width, column.text(listed).length),
    column.title.length,
  );
}

function nameOf({ vaultName, shownName }: ListedEntry, { withVault }: TableOptions): string {
  return escapeControls(withVault ? `${vaultName}/${shownName}` : shownName);
}

/** Both ends of a long name tell most. */
function cutMiddle(text: string, columns: number): string {
  const characters = [...text];
  if (characters.length <= columns) {
    return text;
  }
  const head = Math.ceil((columns - 1) / 2);
  const tail = columns - 1 - head;
  return `${characters.slice(0, head).join("")}…${characters.slice(-tail).join("")}`;
}

/** A record without a description stands for one that Moraine made. */
function toolOf({ description, archiveId }: SelectedEntry["entry"]): string {
  return description === undefined ? "moraine" : decodeDescription(description, archiveId).tool;
}
