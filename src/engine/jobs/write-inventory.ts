/** Streams the list of a snapshot's archives into a blob; memory is one page of archives. */
import type { SnapshotArchive } from "../../domain/archive.ts";
import {
  formatInventoryHead,
  formatInventoryItem,
  formatInventoryTail,
} from "../../domain/inventory-output.ts";
import type { InventoryPosition, InventoryRetrievalRequest } from "../../domain/job.ts";
import type { BlobWriter } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import { utf8Bytes } from "../../std/bytes.ts";
import type { Lease } from "./lease.ts";

/** Archives read and formatted at once; more would hold up other requests for longer than 3 ms. */
export const INVENTORY_PAGE = 500;

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
  await writeText(writer, formatInventoryHead(format, inventory));
  let position = source.request.position;
  let written = 0;
  do {
    await lease.keep();
    const wanted = Math.min(INVENTORY_PAGE, (limit ?? Number.POSITIVE_INFINITY) - written);
    const page = await listPage(services, source, position, wanted);
    const items = page.archives.map((archive, index) =>
      formatInventoryItem(format, archive, written + index === 0),
    );
    await writeText(writer, items.join(""));
    written += items.length;
    position = page.next;
    await yieldToOthers(services.clock);
  } while (position !== undefined && written !== limit);
  await writeText(writer, formatInventoryTail(format));
  return position;
}

async function writeText(writer: BlobWriter, text: string): Promise<void> {
  if (text !== "") {
    await writer.write(utf8Bytes(text));
  }
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
