/** The thread of an inventory: encodes what it reads, and sends it while the event loop takes what came before. */
import type { MessagePort } from "node:worker_threads";
import { InventoryEncoder, itemBytesMax } from "../../domain/inventory-encoder.ts";
import { formatInventoryHead, formatInventoryTail } from "../../domain/inventory-output.ts";
import type { InventoryPosition } from "../../domain/job.ts";
import { KIB } from "../../domain/limits.ts";
import type { PackedArchives } from "../../domain/packed-archives.ts";
import type { InventoryTask } from "../../ports/inventory-runner.ts";
import type { KeyId } from "../../ports/keyring.ts";
import { SEALED_TEXT_MARK } from "../../ports/text-cipher.ts";
import { utf8Bytes, utf8Text } from "../../std/bytes.ts";
import { type FromThread, PIECES_AHEAD, type ToThread } from "./thread-messages.ts";

const PIECE_BYTES = 256 * KIB;
/** After so many pages a piece goes out even if it is empty: the owner of the run looks after its lease then. */
const SILENT_PAGES_MAX = 100;
const SEALED_MARK = SEALED_TEXT_MARK.charCodeAt(0);

/** What the thread lists. */
export interface InventorySource {
  readonly task: InventoryTask;
  /** Each is walked to its end, or as far as is asked for. */
  readonly pages: Iterable<PackedArchives>;
  readonly positionOf: (page: PackedArchives) => InventoryPosition;
  /** The text of the present archive's description, which is stored sealed. */
  readonly openDescription: (page: PackedArchives, stored: string) => Promise<string>;
}

/** The event loop, as the thread sees it: its messages go over `port`. */
export class InventoryThread {
  readonly #port: MessagePort;
  /** One for each piece that may be sent. */
  readonly #buffers = Array.from({ length: PIECES_AHEAD }, () => new ArrayBuffer(PIECE_BYTES));
  #returned: (() => void) | undefined;
  #heardKey: ((key: Uint8Array | undefined) => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (message: ToThread) => {
      if (message.kind === "taken") {
        this.#buffers.push(message.buffer);
        this.#returned?.();
      } else {
        this.#heardKey?.(message.key);
      }
    });
  }

  /** Sends the inventory. Throws what the source throws. */
  async list(source: InventorySource): Promise<void> {
    const { vaultArn, request } = source.task;
    const { format, snapshot } = request;
    const encoder = new InventoryEncoder(format, await this.#takeBuffer(PIECE_BYTES));
    encoder.writeText(formatInventoryHead(format, { vaultArn, takenAtMs: snapshot.takenAtMs }));
    const nextPosition = await this.#sendItems(source, encoder);
    encoder.writeText(formatInventoryTail(format));
    this.#send(encoder);
    this.#say({ kind: "finished", nextPosition });
  }

  /** Asks for the key that texts are sealed with under this master key. */
  async askTextKey(keyId: KeyId): Promise<Uint8Array | undefined> {
    this.#say({ kind: "keyWanted", keyId });
    return await new Promise((resolve) => {
      this.#heardKey = resolve;
    });
  }

  /** Hears no more, so that the thread may end. */
  close(): void {
    this.#port.close();
  }

  /** The position of the first archive that the limit leaves out. */
  async #sendItems(
    { task, pages, positionOf, openDescription }: InventorySource,
    encoder: InventoryEncoder,
  ): Promise<InventoryPosition | undefined> {
    const { limit = Number.POSITIVE_INFINITY } = task.request;
    let written = 0;
    let silentPages = 0;
    for (const page of pages) {
      silentPages += 1;
      while (page.next()) {
        if (page.sizeEnd === page.sizeStart) {
          continue;
        }
        if (written === limit) {
          return positionOf(page);
        }
        const description =
          page.bytes[page.descriptionStart] === SEALED_MARK && hasDescription(page)
            ? utf8Bytes(await openDescription(page, storedDescription(page)))
            : undefined;
        const bytesMax = itemBytesMax(
          description?.length ?? page.descriptionEnd - page.descriptionStart,
        );
        if (encoder.end + bytesMax > encoder.bytes.length) {
          await this.#turnOver(encoder, bytesMax);
          silentPages = 0;
        }
        encoder.write(page, description);
        written += 1;
      }
      if (silentPages >= SILENT_PAGES_MAX) {
        await this.#turnOver(encoder, PIECE_BYTES);
        silentPages = 0;
      }
    }
    return undefined;
  }

  /** Sends what was encoded, and goes on in another buffer. */
  async #turnOver(encoder: InventoryEncoder, bytesMin: number): Promise<void> {
    this.#send(encoder);
    encoder.continueIn(await this.#takeBuffer(bytesMin));
  }

  #send({ bytes, end }: InventoryEncoder): void {
    const { buffer } = bytes;
    this.#say({ kind: "bytes", bytes: new Uint8Array(buffer, 0, end) }, [buffer]);
  }

  /** Waits until a piece was taken, if as many as may be are on their way. */
  async #takeBuffer(bytesMin: number): Promise<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const buffer = this.#buffers.pop();
      if (buffer !== undefined) {
        const fits = buffer.byteLength >= bytesMin;
        return new Uint8Array(fits ? buffer : new ArrayBuffer(bytesMin));
      }
      await new Promise<void>((resolve) => {
        this.#returned = resolve;
      });
    }
  }

  #say(message: FromThread, transferred: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transferred);
  }
}

function hasDescription(page: PackedArchives): boolean {
  return page.descriptionEnd > page.descriptionStart;
}

function storedDescription(page: PackedArchives): string {
  return utf8Text(page.bytes.subarray(page.descriptionStart, page.descriptionEnd));
}
