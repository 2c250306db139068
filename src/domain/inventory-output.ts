/**
 * The body of an inventory (contract §4.4), in pieces that are written one after another: a head, one
 * item per archive, a tail. Nothing here knows how many archives there are.
 */
import { assertNever } from "../std/assert.ts";
import { formatIsoSeconds } from "../std/iso-time.ts";
import type { SnapshotArchive } from "./archive.ts";
import type { InventoryFormat } from "./job.ts";

/** What an inventory says of an archive. */
export interface ListedArchive {
  readonly archiveId: string;
  readonly description?: string | undefined;
  readonly createdAtMs: number;
  readonly sizeBytes: number;
  readonly treeHash: string;
}

const csvHeader = "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash\n";

/** What stands before the first archive. `takenAtMs` is the instant of the snapshot. */
export function formatInventoryHead(
  format: InventoryFormat,
  inventory: { readonly vaultArn: string; readonly takenAtMs: number },
): string {
  switch (format) {
    case "JSON": {
      const arn = JSON.stringify(inventory.vaultArn);
      const date = formatIsoSeconds(inventory.takenAtMs);
      return `{"VaultARN":${arn},"InventoryDate":"${date}","ArchiveList":[`;
    }
    case "CSV":
      return csvHeader;
    default:
      return assertNever(format);
  }
}

/** One archive; `isFirst` says whether none was written before it. */
export function formatInventoryItem(
  format: InventoryFormat,
  archive: ListedArchive,
  isFirst: boolean,
): string {
  switch (format) {
    case "JSON":
      return `${isFirst ? "" : ","}${formatJsonItem(archive)}`;
    case "CSV":
      return formatCsvLine(archive);
    default:
      return assertNever(format);
  }
}

/**
 * What `formatInventoryItem` makes of the archives of a page, one after another; `isFirstPage` says whether none was
 * written before. Archives of our own have ids of base64url and hashes of hex digits, which JSON has nothing to escape
 * in: to look for it would take longer than all the rest.
 */
export function formatSnapshotItems(
  format: InventoryFormat,
  archives: readonly SnapshotArchive[],
  isFirstPage: boolean,
): string {
  let text = "";
  switch (format) {
    case "JSON":
      for (const archive of archives) {
        const comma = isFirstPage && text === "" ? "" : ",";
        const { archiveId, treeHash } = archive;
        text += comma + formatJsonMembers(archive, `"${archiveId}"`, `"${treeHash}"`);
      }
      return text;
    case "CSV":
      for (const archive of archives) {
        text += formatCsvLine(archive);
      }
      return text;
    default:
      return assertNever(format);
  }
}

/** What stands after the last archive. */
export function formatInventoryTail(format: InventoryFormat): string {
  switch (format) {
    case "JSON":
      return "]}";
    case "CSV":
      return "";
    default:
      return assertNever(format);
  }
}

/** Byte for byte what `JSON.stringify` makes of these members, in a third of its time: inventories have millions. */
function formatJsonItem(archive: ListedArchive): string {
  const { archiveId, treeHash } = archive;
  return formatJsonMembers(archive, formatJsonText(archiveId), formatJsonText(treeHash));
}

/** Identifier and hash come as JSON. */
function formatJsonMembers(
  { description, createdAtMs, sizeBytes }: Omit<ListedArchive, "archiveId" | "treeHash">,
  archiveId: string,
  treeHash: string,
): string {
  return (
    `{"ArchiveId":${archiveId},"ArchiveDescription":${formatJsonText(description ?? "")},` +
    `"CreationDate":"${formatIsoSeconds(createdAtMs)}","Size":${sizeBytes},` +
    `"SHA256TreeHash":${treeHash}}`
  );
}

/** Printable ASCII but for the two characters that JSON escapes: what identifiers and nearly all descriptions are. */
const plainText = /^[ !#-[\]-~]*$/;

function formatJsonText(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/**
 * The description is always enclosed and the other fields never: clients accept a backslash only inside
 * quotes. A quote becomes `\"`, and backslashes stay as they are, ambiguous as that is (contract §4.4).
 */
function formatCsvLine(archive: ListedArchive): string {
  const description = (archive.description ?? "").replaceAll('"', '\\"');
  const date = formatIsoSeconds(archive.createdAtMs);
  const { archiveId, sizeBytes, treeHash } = archive;
  return `${archiveId},"${description}",${date},${sizeBytes},${treeHash}\n`;
}
