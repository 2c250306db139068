/** Receivers that wait for messages of queues, and how they are woken. */
import type { Clock } from "../../ports/clock.ts";

export interface QueueWaiters {
  /** Resolves when a message may have come to the queue, after `delayMs`, or when the service stops. */
  wait(queueId: number, delayMs: number): Promise<void>;
  /** Tells those who wait that a message was committed. */
  notify(queueId: number): void;
  /** Ends every wait, now and from now on. */
  stop(): void;
  readonly isStopped: () => boolean;
}

export function createQueueWaiters(clock: Clock): QueueWaiters {
  const waiting = new Map<number, Set<AbortController>>();
  let stopped = false;
  return {
    async wait(queueId, delayMs) {
      if (stopped) {
        return;
      }
      const controller = new AbortController();
      const others = waiting.get(queueId) ?? new Set();
      waiting.set(queueId, others.add(controller));
      await clock.sleep(delayMs, controller.signal);
      others.delete(controller);
      if (others.size === 0 && waiting.get(queueId) === others) {
        waiting.delete(queueId);
      }
    },
    notify(queueId) {
      wakeAll(waiting.get(queueId));
    },
    stop() {
      stopped = true;
      for (const controllers of waiting.values()) {
        wakeAll(controllers);
      }
    },
    isStopped: () => stopped,
  };
}

function wakeAll(controllers: ReadonlySet<AbortController> | undefined): void {
  for (const controller of controllers ?? []) {
    controller.abort();
  }
}
