import type { Delivery, NewDelivery } from "../domain/notification.ts";

/** A worker's timed claim on a delivery. */
export interface DeliveryLease {
  readonly owner: string;
  readonly untilMs: number;
}

/** What is still to be delivered, one row for each receiver, so that none waits for another. */
export interface DeliveryStore {
  /** The delivery is due at its creation. */
  insert(delivery: NewDelivery): Promise<void>;
  /** The delivery that waits longest, outside `busyLanes`, leased to `lease.owner`; `undefined` when none is due. */
  claimNext(
    nowMs: number,
    lease: DeliveryLease,
    busyLanes: readonly string[],
  ): Promise<Delivery | undefined>;
  /** Ends a delivery, made or given up; false when it is not leased to `owner` any more. */
  finish(deliveryId: number, owner: string): Promise<boolean>;
  /** Ends the lease: the delivery is due again at `dueAtMs`. False when it is not leased to `owner` any more. */
  postpone(
    deliveryId: number,
    owner: string,
    again: { readonly dueAtMs: number; readonly attempts: number },
  ): Promise<boolean>;
  /** When the next delivery outside `busyLanes` may be claimed; `undefined` when there is none. */
  nextClaimableAtMs(busyLanes: readonly string[]): Promise<number | undefined>;
  /** Forgets up to `limit` deliveries created before `beforeMs`; returns them. */
  removeCreatedBefore(beforeMs: number, limit: number): Promise<readonly Delivery[]>;
}
