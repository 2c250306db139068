/** Copies one body into slots and hands on each slot that is full. */
import { SLOT_BYTES, type SlotHolder, type SlotPool, type SlotWaiter } from "./slot-pool.ts";

/** A slot and how many of its bytes count. */
export interface FilledSlot {
  readonly slot: number;
  readonly length: number;
  /** Whether it is known already that these are not the last bytes. */
  readonly moreFollow: boolean;
}

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * A full slot is handed on only when another byte comes: a body that fits into one slot then ends with
 * that slot still here, and its writer can take the short way.
 */
export class SlotFiller implements SlotHolder, SlotWaiter {
  readonly #pool: SlotPool;
  readonly #slotsMax: number;
  readonly #handOn: (filled: FilledSlot) => void;
  readonly #handedOn = new Set<number>();
  #slot: number | undefined;
  #used = 0;
  #waiting: Waiting | undefined;
  #cancelled: { readonly error: unknown } | undefined;

  /** At most `slotsMax` slots are handed on and not yet released. */
  constructor(pool: SlotPool, slotsMax: number, handOn: (filled: FilledSlot) => void) {
    this.#pool = pool;
    this.#slotsMax = slotsMax;
    this.#handOn = handOn;
  }

  /** Copies `chunk`; a promise when there is no room for all of it now. */
  fill(chunk: Uint8Array): Promise<void> | undefined {
    const rest = this.#copy(chunk);
    return rest.length === 0 ? undefined : this.#fillLater(rest);
  }

  /** The part-filled slot at the end of the body; the caller releases it. */
  takeLast(): FilledSlot | undefined {
    const slot = this.#slot;
    if (slot === undefined) {
      return undefined;
    }
    const length = this.#used;
    this.#forgetSlot();
    return { slot, length, moreFollow: false };
  }

  /** Hands on what `takeLast` gave. */
  handOn(filled: FilledSlot): void {
    this.#handedOn.add(filled.slot);
    this.#handOn(filled);
  }

  /** A slot handed on is free again. */
  released(slot: number): void {
    if (this.#handedOn.delete(slot)) {
      this.#pool.release(slot);
      this.#ask();
    }
  }

  /** Every slot handed on is free again: nobody reads them any more. */
  releaseAll(): void {
    for (const slot of [...this.#handedOn]) {
      this.released(slot);
    }
  }

  /** Ends filling: a waiting `fill` throws `error`, and the part-filled slot is released. */
  cancel(error: unknown): void {
    this.#cancelled ??= { error };
    this.#pool.cancel(this);
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    const last = this.takeLast();
    if (last !== undefined) {
      this.#pool.release(last.slot);
    }
  }

  giveUp(): boolean {
    if (this.#used === 0) {
      return false;
    }
    this.#handOnSlot(false);
    return true;
  }

  grant(slot: number): void {
    this.#hold(slot);
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  #copy(chunk: Uint8Array): Uint8Array {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#used === SLOT_BYTES) {
        this.#handOnSlot(true);
      }
      const slot = this.#slot ?? this.#takeSlot();
      if (slot === undefined) {
        return rest;
      }
      const piece = rest.subarray(0, SLOT_BYTES - this.#used);
      this.#pool.bytes(slot).set(piece, this.#used);
      this.#used += piece.length;
      rest = rest.subarray(piece.length);
    }
    if (this.#pool.hasWaiters) {
      this.giveUp();
    }
    return rest;
  }

  async #fillLater(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#waiting = { resolve, reject };
      this.#ask();
      await promise;
      if (this.#cancelled !== undefined) {
        throw this.#cancelled.error;
      }
      rest = this.#copy(rest);
    }
  }

  #takeSlot(): number | undefined {
    const slot = this.#handedOn.size < this.#slotsMax ? this.#pool.take() : undefined;
    if (slot !== undefined) {
      this.#hold(slot);
    }
    return slot;
  }

  #ask(): void {
    if (this.#waiting !== undefined && this.#handedOn.size < this.#slotsMax) {
      this.#pool.enqueue(this);
    }
  }

  #hold(slot: number): void {
    this.#slot = slot;
    this.#used = 0;
    this.#pool.hold(this);
  }

  #handOnSlot(moreFollow: boolean): void {
    const filled = this.takeLast();
    if (filled !== undefined) {
      this.handOn({ ...filled, moreFollow });
    }
  }

  #forgetSlot(): void {
    this.#slot = undefined;
    this.#used = 0;
    this.#pool.letGo(this);
  }
}
