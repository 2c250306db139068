/** What the thread of a query is given of its archive: where parts lie, and the bytes that it can't read itself. */
import type { SelectPart } from "../../ports/select-runner.ts";
import { assert } from "../../std/assert.ts";
import { copyInto } from "./copy-into.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";

type Wanted = Extract<FromThread, { readonly kind: "wanted" }>;

/** A message to the thread, and the buffers that change hands with it. */
export interface Supplied {
  readonly message: ToThread;
  readonly transferred: readonly ArrayBuffer[];
}

/** The parts of one archive, in turn. */
export class PartSupply {
  readonly #parts: AsyncIterator<SelectPart>;
  /** The part that was supplied last. */
  #part: SelectPart | undefined;
  #chunks: ChunksAhead | undefined;

  constructor(parts: AsyncIterable<SelectPart>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  /** The answer to `wanted`. Throws what the parts and their bytes throw. */
  async answer({ buffer, refusedLeaf }: Wanted): Promise<Supplied> {
    if (refusedLeaf !== undefined) {
      assert(this.#part !== undefined, "a thread refused a part before it was given one");
      this.#chunks = new ChunksAhead(this.#part.read(refusedLeaf));
    }
    const chunk = await this.#chunks?.next();
    if (chunk !== undefined) {
      return this.#supplyChunk(chunk, buffer);
    }
    this.#chunks = undefined;
    const next = await this.#parts.next();
    if (next.done === true) {
      return { message: { kind: "end" }, transferred: [] };
    }
    this.#part = next.value;
    const { sizeBytes, leaves, place } = next.value;
    return place === undefined
      ? await this.answer({ kind: "wanted", buffer, refusedLeaf: 0 })
      : { message: { kind: "part", part: { sizeBytes, leaves, place } }, transferred: [] };
  }

  /** Closes what is being read. */
  async close(): Promise<void> {
    await this.#chunks?.close();
    await this.#parts.return?.();
  }

  #supplyChunk(chunk: Uint8Array, buffer: ArrayBuffer): Supplied {
    const bytes = copyInto(buffer, chunk);
    // The next chunk is read and verified while the thread works on this one.
    this.#chunks?.readNext();
    return { message: { kind: "chunk", bytes }, transferred: [bytes.buffer] };
  }
}

/** Chunks, one read ahead. */
class ChunksAhead {
  readonly #source: AsyncIterator<Uint8Array>;
  #ahead: Promise<IteratorResult<Uint8Array>>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
    this.#ahead = this.#read();
  }

  /** The chunk that was read ahead, valid until `readNext`; `undefined` after the last one. */
  async next(): Promise<Uint8Array | undefined> {
    const next = await this.#ahead;
    return next.done === true ? undefined : next.value;
  }

  readNext(): void {
    this.#ahead = this.#read();
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #read(): Promise<IteratorResult<Uint8Array>> {
    const next = this.#source.next();
    // One that is never asked for any more fails unheard.
    next.catch(() => undefined);
    return next;
  }
}
