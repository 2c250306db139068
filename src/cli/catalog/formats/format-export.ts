/** Writing a catalogue in the forms that other programs read. */
import { formatMt2 } from "../../../domain/descriptions/encode-mt2.ts";
import {
  formatInventoryHead,
  formatInventoryItem,
  formatInventoryTail,
  type ListedArchive,
} from "../../../domain/inventory-output.ts";
import { utf8Bytes } from "../../../std/bytes.ts";
import { formatIsoBasic } from "../../../std/iso-time.ts";
import { isStandInName, recordOfEntry } from "../build-catalog.ts";
import type { Catalog, CatalogEntry } from "../catalog.ts";
import { formatHeader, formatRecord } from "../format-record.ts";
import { formatMtLine } from "./mtglacier.ts";

export const EXPORT_FORMATS = [
  "moraine",
  "mtglacier",
  "inventory-json",
  "inventory-csv",
  "fastglacier",
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportSource {
  readonly catalog: Catalog;
  readonly vaultArn: string;
  /** Epoch milliseconds, which an inventory tells as its own. */
  readonly nowMs: number;
  /** Told of each archive that the form can't express. */
  readonly onLeftOut: (entry: CatalogEntry) => void;
}

/** The file in pieces. `fastglacier` is an inventory with the descriptions that FastGlacier writes. */
export function* formatExport(format: ExportFormat, source: ExportSource): Generator<string> {
  switch (format) {
    case "moraine":
      yield formatHeader(source.vaultArn);
      yield* formatEach(source, formatJournalLine);
      return;
    case "mtglacier":
      yield* formatEach(source, (entry) => (entry.packed ? undefined : formatMtLine(entry)));
      return;
    case "inventory-json":
      yield* formatInventory("JSON", source, describe);
      return;
    case "inventory-csv":
      yield* formatInventory("CSV", source, describe);
      return;
    case "fastglacier":
      yield* formatInventory("JSON", source, describeFastGlacier);
      return;
  }
}

function formatJournalLine(entry: CatalogEntry): string {
  return formatRecord(recordOfEntry(entry));
}

function* formatEach(
  { catalog, onLeftOut }: ExportSource,
  format: (entry: CatalogEntry, isFirst: boolean) => string | undefined,
): Generator<string> {
  let isFirst = true;
  for (const entry of catalog.entries.values()) {
    const text = format(entry, isFirst);
    if (text === undefined) {
      onLeftOut(entry);
    } else {
      isFirst = false;
      yield text;
    }
  }
}

function* formatInventory(
  format: "JSON" | "CSV",
  source: ExportSource,
  describeEntry: (entry: CatalogEntry) => string,
): Generator<string> {
  yield formatInventoryHead(format, { vaultArn: source.vaultArn, takenAtMs: source.nowMs });
  yield* formatEach(source, (entry, isFirst) => {
    const { archiveId, createdAtMs, sizeBytes, treeHash } = entry;
    if (treeHash === undefined || entry.packed !== undefined) {
      return undefined;
    }
    const description = describeEntry(entry);
    const listed: ListedArchive = { archiveId, description, createdAtMs, sizeBytes, treeHash };
    return formatInventoryItem(format, listed, isFirst);
  });
  yield formatInventoryTail(format);
}

/** As it is stored: a record without one stands for the mt2 record of its name and time. */
function describe(entry: CatalogEntry): string {
  const { description, name, modifiedAtMs } = entry;
  if (description !== undefined || isStandInName(entry)) {
    return description ?? "";
  }
  return modifiedAtMs === undefined ? name : formatMt2({ name, modifiedAtMs });
}

/** FastGlacier File Metadata Format, version 4, without the flags, which are optional. */
function describeFastGlacier(entry: CatalogEntry): string {
  const { name, modifiedAtMs, createdAtMs } = entry;
  const path = Buffer.from(utf8Bytes(name)).toString("base64");
  return `<m><v>4</v><p>${path}</p><lm>${formatIsoBasic(modifiedAtMs ?? createdAtMs)}</lm></m>`;
}
