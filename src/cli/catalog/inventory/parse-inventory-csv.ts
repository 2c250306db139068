/**
 * Reading an inventory in its CSV form (contract §4.4): a field may be enclosed in quotes, in which a quote
 * is `\"` and a backslash is itself. A quote ends an enclosed field when a comma or the line's end follows,
 * so that the ambiguous `"abc\"` is read as the description `abc\`. Doubled quotes, as other programs write
 * them, are taken too.
 */
import { InventoryFormatError, type InventoryItem, parseItem } from "./inventory-item.ts";

const COLUMNS = ["ArchiveId", "ArchiveDescription", "CreationDate", "Size", "SHA256TreeHash"];

/** Whether `line` is the first of an inventory. */
export function isCsvHeader(line: string): boolean {
  return line.trim() === COLUMNS.join(",");
}

/** The archive in a line after the first. Throws `InventoryFormatError`. */
export function parseCsvLine(line: string, lineNumber: number): InventoryItem {
  const where = `line ${lineNumber}`;
  const fields = splitFields(line);
  if (fields?.length !== COLUMNS.length) {
    throw new InventoryFormatError(
      `${where}: it must have the ${COLUMNS.length} fields ${COLUMNS.join(", ")}`,
    );
  }
  return parseItem(Object.fromEntries(COLUMNS.map((name, index) => [name, fields[index]])), where);
}

function splitFields(line: string): readonly string[] | undefined {
  // Descriptions hold commas and quotes; the other fields never do, so the line is taken from both ends.
  const match = /^("?)([\w-]+)\1,(.*),"?([^",]*)"?,"?([^",]*)"?,"?([^",]*)"?$/s.exec(line);
  if (match === null) {
    return undefined;
  }
  const [, , archiveId = "", description = "", date = "", size = "", treeHash = ""] = match;
  return [archiveId, unquote(description), date, size, treeHash];
}

function unquote(field: string): string {
  if (field.length < 2 || !field.startsWith('"') || !field.endsWith('"')) {
    return field;
  }
  const inner = field.slice(1, -1);
  return /(^|[^\\"])""/.test(inner) && !inner.includes('\\"')
    ? inner.replaceAll('""', '"')
    : inner.replaceAll('\\"', '"');
}
