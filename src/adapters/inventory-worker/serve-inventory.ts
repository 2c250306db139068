/** The thread of an inventory: formats what it reads, and sends it while the event loop takes what came before. */
import type { MessagePort } from "node:worker_threads";
import type { SnapshotArchive } from "../../domain/archive.ts";
import {
  formatInventoryHead,
  formatInventoryTail,
  formatSnapshotItems,
} from "../../domain/inventory-output.ts";
import type { InventoryPosition } from "../../domain/job.ts";
import type { InventoryTask } from "../../ports/inventory-runner.ts";
import type { KeyId } from "../../ports/keyring.ts";
import { utf8BytesMax, writeUtf8 } from "../../std/bytes.ts";
import { type FromThread, PIECES_AHEAD, type ToThread } from "./thread-messages.ts";

/** The event loop, as the thread sees it. */
export interface InventoryThread {
  /** Sends the inventory of `task`; `readPage` gives its archives, page after page, and `undefined` at the end. */
  list(
    task: InventoryTask,
    readPage: () => Promise<readonly SnapshotArchive[] | undefined>,
  ): Promise<void>;
  /** Asks for the key that texts are sealed with under this master key. Called between two pages only. */
  askTextKey(keyId: KeyId): Promise<Uint8Array | undefined>;
  /** Hears no more, so that the thread may end. */
  close(): void;
}

/** The thread whose messages go over `port`. */
export function openInventoryThread(port: MessagePort): InventoryThread {
  /** One for each piece that may be sent. */
  const buffers = Array.from({ length: PIECES_AHEAD }, () => new ArrayBuffer(0));
  let heard: ((message: ToThread) => void) | undefined;
  let returned: (() => void) | undefined;
  port.on("message", (message: ToThread) => {
    if (message.kind === "taken") {
      buffers.push(message.buffer);
      returned?.();
    } else {
      heard?.(message);
    }
  });
  const say = (message: FromThread, transferred: ArrayBuffer[] = []) =>
    port.postMessage(message, transferred);
  const send = async (text: string): Promise<void> => {
    let buffer = buffers.pop();
    while (buffer === undefined) {
      await new Promise<void>((resolve) => {
        returned = resolve;
      });
      buffer = buffers.pop();
    }
    const bytesMax = utf8BytesMax(text);
    const target = new Uint8Array(
      buffer.byteLength < bytesMax ? new ArrayBuffer(bytesMax) : buffer,
    );
    const bytes = new Uint8Array(target.buffer, 0, writeUtf8(text, target).length);
    say({ kind: "bytes", bytes }, [bytes.buffer]);
  };
  return {
    list: async (task, readPage) => {
      say({ kind: "finished", nextPosition: await sendAll(task, readPage, send) });
    },
    askTextKey: async (keyId) => {
      say({ kind: "keyWanted", keyId });
      const answer = await new Promise<ToThread>((resolve) => {
        heard = resolve;
      });
      return answer.kind === "key" ? answer.key : undefined;
    },
    close: () => port.close(),
  };
}

/** Sends one piece per page, and resolves with the position of the first archive that the limit leaves out. */
async function sendAll(
  { vaultArn, request }: InventoryTask,
  readPage: () => Promise<readonly SnapshotArchive[] | undefined>,
  send: (text: string) => Promise<void>,
): Promise<InventoryPosition | undefined> {
  const { format, snapshot, limit = Number.POSITIVE_INFINITY } = request;
  await send(formatInventoryHead(format, { vaultArn, takenAtMs: snapshot.takenAtMs }));
  let written = 0;
  let leftOut: SnapshotArchive | undefined;
  for (;;) {
    const page = await readPage();
    if (page === undefined) {
      break;
    }
    const listed = page.length > limit - written ? page.slice(0, limit - written) : page;
    await send(formatSnapshotItems(format, listed, written === 0));
    written += listed.length;
    leftOut = page[listed.length];
    if (leftOut !== undefined) {
      break;
    }
  }
  await send(formatInventoryTail(format));
  return leftOut && { createdAtMs: leftOut.createdAtMs, archiveId: leftOut.archiveId };
}
