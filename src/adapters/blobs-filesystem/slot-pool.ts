/** The memory that bodies pass through on their way to a worker: equal slots of one shared buffer. */

import { KIB } from "../../domain/limits.ts";
import { assert } from "../../std/assert.ts";

/** One slot, and one message to a worker. */
export const SLOT_BYTES = 512 * KIB;

/** Somebody who waits for a slot. */
export interface SlotWaiter {
  grant(slot: number): void;
}

/** Somebody who holds a slot that is not full yet. */
export interface SlotHolder {
  /** Hands the slot on as it is; false when there is nothing in it to hand on. */
  giveUp(): boolean;
}

/**
 * Slots are granted in the order in which they were asked for. A slow sender may hold a slot that it has
 * not filled: when somebody has to wait, the oldest such slot is handed on part-filled, so that no number of
 * slow senders stops the others.
 */
export class SlotPool {
  readonly memory: SharedArrayBuffer;
  readonly slotCount: number;
  readonly #bytes: Uint8Array;
  /** Last released, first taken: memory that was never needed is never touched. */
  readonly #free: number[];
  readonly #waiters = new Set<SlotWaiter>();
  readonly #holders = new Set<SlotHolder>();

  constructor(totalBytes: number) {
    this.slotCount = Math.floor(totalBytes / SLOT_BYTES);
    assert(
      this.slotCount >= 2,
      `bufferBytesMax must be at least ${2 * SLOT_BYTES}; got ${totalBytes}`,
    );
    this.memory = new SharedArrayBuffer(this.slotCount * SLOT_BYTES);
    this.#bytes = new Uint8Array(this.memory);
    this.#free = Array.from({ length: this.slotCount }, (_, index) => this.slotCount - 1 - index);
  }

  get freeCount(): number {
    return this.#free.length;
  }

  get hasWaiters(): boolean {
    return this.#waiters.size > 0;
  }

  /** The bytes of `slot`. */
  bytes(slot: number): Uint8Array {
    return this.#bytes.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
  }

  /** A slot, unless there is none or others wait already. */
  take(): number | undefined {
    return this.hasWaiters ? undefined : this.#free.pop();
  }

  /** Calls `waiter.grant` once, at once or later. */
  enqueue(waiter: SlotWaiter): void {
    const slot = this.take();
    if (slot !== undefined) {
      waiter.grant(slot);
      return;
    }
    this.#waiters.add(waiter);
    for (const holder of this.#holders) {
      if (holder.giveUp()) {
        return;
      }
    }
  }

  /** Takes `waiter` out of the queue. */
  cancel(waiter: SlotWaiter): void {
    this.#waiters.delete(waiter);
  }

  hold(holder: SlotHolder): void {
    this.#holders.add(holder);
  }

  letGo(holder: SlotHolder): void {
    this.#holders.delete(holder);
  }

  release(slot: number): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.grant(slot);
      return;
    }
    this.#free.push(slot);
    assert(this.#free.length <= this.slotCount, `slot ${slot} was released twice`);
  }
}
