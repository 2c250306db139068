/** Lists a snapshot's archives on the event loop, over any metadata store; memory is one page of archives. */
import type { SnapshotArchive } from "../../domain/archive.ts";
import {
  formatInventoryHead,
  formatInventoryTail,
  formatSnapshotItems,
} from "../../domain/inventory-output.ts";
import type { InventoryPosition } from "../../domain/job.ts";
import type { Clock } from "../../ports/clock.ts";
import type { InventoryRunner, InventoryTask } from "../../ports/inventory-runner.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import { utf8BytesMax, writeUtf8 } from "../../std/bytes.ts";
import { decidePageSize } from "./decide-page-size.ts";

/** Archives read and formatted in the first turn of the event loop; what later ones hold is decided by its time. */
export const INVENTORY_FIRST_PAGE = 250;

interface LoopServices {
  readonly metadata: MetadataStore;
  readonly clock: Clock;
}

/** A runner that lets other requests in between two pages. A run ends when `write` throws, and not before. */
export function createLoopInventory(services: LoopServices): InventoryRunner {
  return {
    run: (task, write) => listOnLoop(services, task, write),
    close: async () => undefined,
  };
}

async function listOnLoop(
  services: LoopServices,
  task: InventoryTask,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<InventoryPosition | undefined> {
  const { format, snapshot, limit } = task.request;
  const inventory = { vaultArn: task.vaultArn, takenAtMs: snapshot.takenAtMs };
  const writeText = makeTextWriter(write);
  await writeText(formatInventoryHead(format, inventory));
  let position = task.request.position;
  let written = 0;
  let pageSize = INVENTORY_FIRST_PAGE;
  do {
    const startedAtMs = services.clock.nowMs();
    const wanted = Math.min(pageSize, (limit ?? Number.POSITIVE_INFINITY) - written);
    const page = await listPage(services, task, position, wanted);
    const text = formatSnapshotItems(format, page.archives, written === 0);
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

/**
 * Writes texts from one buffer that is used again and again: the bytes of a million archives, each page in a buffer of
 * its own, fill memory faster than it is cleared.
 */
function makeTextWriter(
  write: (bytes: Uint8Array) => Promise<void>,
): (text: string) => Promise<void> {
  let buffer: Uint8Array = new Uint8Array(0);
  return async (text) => {
    const bytesMax = utf8BytesMax(text);
    if (buffer.length < bytesMax) {
      buffer = new Uint8Array(bytesMax);
    }
    await write(writeUtf8(text, buffer));
  };
}

/** `wanted` archives from `from` on, and the position of the one after them, if there is one. */
async function listPage(
  services: LoopServices,
  task: InventoryTask,
  from: InventoryPosition | undefined,
  wanted: number,
): Promise<{
  readonly archives: readonly SnapshotArchive[];
  readonly next: InventoryPosition | undefined;
}> {
  const { snapshot, startDate, endDate } = task.request;
  const page = await services.metadata.archives.listSnapshotPage({
    vaultId: task.vaultId,
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
