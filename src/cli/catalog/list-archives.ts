/** Printing archives, as `ls` and `find` do. */
import { styleText } from "node:util";
import { Option } from "commander";
import type { Session } from "../session/session.ts";
import { parseInstant } from "../units.ts";
import { archiveEvent, formatArchiveTable, type ListedEntry } from "./archive-table.ts";

export const SORT_KEYS = ["name", "size", "modified", "uploaded"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface ListingOptions {
  readonly long?: true;
  readonly fullIds?: true;
  readonly versions?: true;
  readonly before?: number;
  readonly after?: number;
  readonly sort: SortKey;
  readonly reverse?: true;
}

/** The flags of every listing. */
export function listingFlags(): readonly Option[] {
  return [
    new Option("--long", "Show times, tree hash and the tool that made it."),
    new Option("--versions", "Show older archives of a name too, as name;2."),
    new Option("--full-ids", "Show archive ids, whole."),
    new Option("--before <date>", "Archives uploaded before that instant.").argParser(parseInstant),
    new Option("--after <date>", "Archives uploaded at that instant or later.").argParser(
      parseInstant,
    ),
    new Option("--sort <key>", "Order; the largest and newest come first.")
      .choices(SORT_KEYS)
      .default("name"),
    new Option("--reverse", "Turn the order round."),
  ];
}

/** A table of more rows would be held in memory for long; longer listings come in several. */
const TABLE_ROWS = 5000;

/** Prints `entries` in the order asked for. */
export function printArchives(
  session: Session,
  entries: readonly ListedEntry[],
  options: ListingOptions & { readonly withVault: boolean },
): void {
  const { reporter, terminal } = session;
  const sorted = entries.toSorted(comparisonOf(options.sort));
  const ordered = options.reverse === true ? sorted.toReversed() : sorted;
  if (reporter.isJson) {
    for (const listed of ordered) {
      reporter.data(archiveEvent(listed), "");
    }
    return;
  }
  const columns = terminal.isOutputScreen === true ? terminal.screen?.columns() : undefined;
  for (let start = 0; start < ordered.length; start += TABLE_ROWS) {
    const lines = formatArchiveTable(ordered.slice(start, start + TABLE_ROWS), {
      long: options.long === true,
      fullIds: options.fullIds === true,
      withVault: options.withVault,
      columns,
    });
    const [head = "", ...rows] = lines;
    const title = reporter.hasColor ? styleText("bold", head, { validateStream: false }) : head;
    const shown = start === 0 ? [title, ...rows] : rows;
    terminal.stdout(`${shown.join("\n")}\n`);
  }
}

type Comparison = (left: ListedEntry, right: ListedEntry) => number;

function comparisonOf(key: SortKey): Comparison {
  const byNumber =
    (number: (listed: ListedEntry) => number): Comparison =>
    (left, right) =>
      number(right) - number(left) || byName(left, right);
  switch (key) {
    case "name":
      return byName;
    case "size":
      return byNumber(({ entry }) => entry.sizeBytes);
    case "modified":
      return byNumber(({ entry }) => entry.modifiedAtMs ?? Number.NEGATIVE_INFINITY);
    case "uploaded":
      return byNumber(({ entry }) => entry.createdAtMs);
  }
}

/** By code units, as `ls` in the C locale; versions of a name from the newest on. */
function byName(left: ListedEntry, right: ListedEntry): number {
  return (
    compare(left.vaultName, right.vaultName) ||
    compare(left.entry.name, right.entry.name) ||
    left.version - right.version
  );
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
