/**
 * The dispatcher of notifications: hands messages of the outbox to their topics and sends what topics deliver.
 * All its state is in the metadata; a dispatcher that dies is replaced by any other once its leases run out.
 */
import type { Delivery } from "../../domain/notification.ts";
import { laneOfTarget } from "../../domain/notification.ts";
import { WorkLoop } from "../work-loop.ts";
import { deliver } from "./deliver.ts";
import { fanOut } from "./fan-out.ts";
import type { NotifyServices } from "./notify-services.ts";

/** Longer than any attempt takes, so that a lease runs out only when its process died. */
const LEASE_MS = 20_000;
const DELIVERIES_AT_ONCE = 32;
/** A receiver that hangs holds so few of them that the others go on. */
const DELIVERIES_AT_ONCE_PER_LANE = 2;
const OUTBOX_BATCH = 50;
/** Messages that could not be handed over are left for the next pass; with so many it ends at once. */
const SKIPPED_MAX = 100;

const PAUSE_MIN_MS = 10;
const PAUSE_MAX_MS = 5_000;
/** How long `stop` waits for attempts that are being ended. */
const STOP_WAIT_MAX_MS = 2_000;

export interface Dispatcher {
  /** Begins to work; called once. */
  start(): void;
  /** Looks at the outbox at once; called after a message was committed. */
  wake(): void;
  /** Ends attempts under way, to be made again, and waits for that, at most 2 s. */
  stop(): Promise<void>;
}

/** A dispatcher over `services`; it does nothing until it is started. */
export function createDispatcher(services: NotifyServices): Dispatcher {
  return new NotificationDispatcher(services);
}

class NotificationDispatcher implements Dispatcher {
  readonly #services: NotifyServices;
  /** Distinguishes this dispatcher's leases from those of every other process and start. */
  readonly #workerId: string;
  readonly #work: WorkLoop;
  /** Attempts under way in each lane. */
  readonly #lanes = new Map<string, number>();
  #claimCount = 0;

  constructor(services: NotifyServices) {
    this.#services = services;
    this.#workerId = services.ids.uuid();
    this.#work = new WorkLoop({
      clock: services.clock,
      turn: () => this.#dispatch(),
      stopWaitMaxMs: STOP_WAIT_MAX_MS,
    });
  }

  start(): void {
    this.#work.start();
  }

  wake(): void {
    this.#work.wake();
  }

  async stop(): Promise<void> {
    await this.#work.stop();
  }

  async #dispatch(): Promise<number> {
    try {
      await this.#emptyOutbox();
      return await this.#startDueDeliveries();
    } catch (error) {
      this.#services.logger.error({ err: error }, "notifications could not be dispatched");
      return PAUSE_MAX_MS;
    }
  }

  /** One message that can't be handed over must not keep the others. */
  async #emptyOutbox(): Promise<void> {
    const { metadata, logger } = this.#services;
    const skip: string[] = [];
    while (!this.#work.stopping.aborted && skip.length < SKIPPED_MAX) {
      const messages = await metadata.outbox.listWaiting({ limit: OUTBOX_BATCH, skip });
      for (const message of messages) {
        await fanOut(this.#services, message).catch((error: unknown) => {
          const { messageId, topicArn } = message;
          logger.error({ err: error, messageId, topicArn }, "a message stays in the outbox");
          skip.push(messageId);
        });
      }
      if (messages.length < OUTBOX_BATCH) {
        return;
      }
    }
  }

  /** Starts as many due deliveries as there is room for; returns how long to sleep afterwards. */
  async #startDueDeliveries(): Promise<number> {
    const { metadata, clock } = this.#services;
    while (!this.#work.stopping.aborted && this.#work.runningCount < DELIVERIES_AT_ONCE) {
      this.#claimCount += 1;
      const owner = `${this.#workerId}/${this.#claimCount}`;
      const nowMs = clock.nowMs();
      const lease = { owner, untilMs: nowMs + LEASE_MS };
      const delivery = await metadata.deliveries.claimNext(nowMs, lease, this.#listBusyLanes());
      if (delivery === undefined) {
        const nextMs = await metadata.deliveries.nextClaimableAtMs(this.#listBusyLanes());
        const untilNextMs = (nextMs ?? Number.POSITIVE_INFINITY) - clock.nowMs();
        return Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, untilNextMs));
      }
      this.#startDelivery(delivery, owner);
    }
    // The end of an attempt wakes the loop.
    return PAUSE_MAX_MS;
  }

  #startDelivery(delivery: Delivery, owner: string): void {
    const lane = laneOfTarget(delivery.target);
    this.#countInLane(lane, 1);
    const run = deliver(this.#services, delivery, owner, this.#work.stopping)
      .catch((error: unknown) => {
        // The lease runs out by itself, and then the delivery is tried again.
        const { messageId } = delivery;
        this.#services.logger.error({ err: error, messageId }, "a delivery was not recorded");
      })
      .then(() => this.#countInLane(lane, -1));
    this.#work.track(run);
  }

  #countInLane(lane: string, change: 1 | -1): void {
    const count = (this.#lanes.get(lane) ?? 0) + change;
    if (count === 0) {
      this.#lanes.delete(lane);
    } else {
      this.#lanes.set(lane, count);
    }
  }

  #listBusyLanes(): readonly string[] {
    return [...this.#lanes]
      .filter(([, count]) => count >= DELIVERIES_AT_ONCE_PER_LANE)
      .map(([lane]) => lane);
  }
}
