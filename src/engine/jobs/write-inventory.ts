/** Streams the list of a snapshot's archives into a blob; memory is one page of archives. */
import type { SnapshotArchive } from "../../domain/archive.ts";
import {
  formatInventoryHead,
  formatInventoryItem,
  formatInventoryTail,
} from "../../domain/inventory-output.ts";
import type {
  InventoryFormat,
  InventoryPosition,
  InventoryRetrievalRequest,
} from "../../domain/job.ts";
import type { BlobWriter } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import { utf8BytesMax, writeUtf8 } from "../../std/bytes.ts";
import { decidePageSize } from "./decide-page-size.ts";
import type { Lease } from "./lease.ts";

/** Archives read and formatted in the first turn of the event loop; what later ones hold is decided by its time. */
export const INVENTORY_FIRST_PAGE = 250;

/**
 * Writes the inventory of the vault that `request` asks for (contract §4.4) and returns the position of the
 * first archive that `Limit` left out, `undefined` when none was. Throws what `lease.keep` and the writer
 * throw; the writer is neither finished nor aborted here.
 */
export async function writeInventory(
  services: { readonly metadata: MetadataStore; readonly clock: Clock },
  source: {
    readonly vaultId: number;
    readonly vaultArn: string;
    readonly request: InventoryRetrievalRequest;
  },
  writer: BlobWriter,
  lease: Lease,
): Promise<InventoryPosition | undefined> {
  const { format, snapshot, limit } = source.request;
  const inventory = { vaultArn: source.vaultArn, takenAtMs: snapshot.takenAtMs };
  const writeText = makeTextWriter(writer);
  await writeText(formatInventoryHead(format, inventory));
  let position = source.request.position;
  let written = 0;
  let pageSize = INVENTORY_FIRST_PAGE;
  do {
    await lease.keep();
    const startedAtMs = services.clock.nowMs();
    const wanted = Math.min(pageSize, (limit ?? Number.POSITIVE_INFINITY) - written);
    const page = await listPage(services, source, position, wanted);
    const text = formatItems(format, page.archives, written === 0);
    const tookMs = services.clock.nowMs() - startedAtMs;
    await writeText(text);
    written += page.archives.length;
    position = page.next;
    pageSize = decidePageSize(pageSize, tookMs);
    await yieldToOthers(services.clock);
  } while (position !== undefined && written !== limit);
  await writeText(formatInventoryTail(format));
  return position;
}

function formatItems(
  format: InventoryFormat,
  archives: readonly SnapshotArchive[],
  isFirstPage: boolean,
): string {
  let text = "";
  for (const [index, archive] of archives.entries()) {
    text += formatInventoryItem(format, archive, isFirstPage && index === 0);
  }
  return text;
}

/**
 * Writes texts from one buffer that is used again and again: the bytes of a million archives, each page in a buffer of
 * its own, fill memory faster than it is cleared.
 */
function makeTextWriter(writer: BlobWriter): (text: string) => Promise<void> {
  let buffer: Uint8Array = new Uint8Array(0);
  return async (text) => {
    const bytesMax = utf8BytesMax(text);
    if (buffer.length < bytesMax) {
      buffer = new Uint8Array(bytesMax);
    }
    const bytes = writeUtf8(text, buffer);
    if (bytes.length > 0) {
      await writer.write(bytes);
    }
  };
}

/** `wanted` archives from `from` on, and the position of the one after them, if there is one. */
async function listPage(
  services: { readonly metadata: MetadataStore },
  source: { readonly vaultId: number; readonly request: InventoryRetrievalRequest },
  from: InventoryPosition | undefined,
  wanted: number,
): Promise<{
  readonly archives: readonly SnapshotArchive[];
  readonly next: InventoryPosition | undefined;
}> {
  const { snapshot, startDate, endDate } = source.request;
  const page = await services.metadata.archives.listSnapshotPage({
    vaultId: source.vaultId,
    changeSequence: snapshot.changeSequence,
    createdFromMs: startDate?.atMs,
    createdBeforeMs: endDate?.atMs,
    from,
    limit: wanted + 1,
  });
  const next = page[wanted];
  return {
    archives: page.slice(0, wanted),
    next: next && { createdAtMs: next.createdAtMs, archiveId: next.archiveId },
  };
}

/**
 * An embedded database answers without ever leaving the event loop, and so would a million archives; a
 * sleep of no length lets other requests in between two pages.
 */
async function yieldToOthers(clock: Clock): Promise<void> {
  await clock.sleep(0, new AbortController().signal);
}
