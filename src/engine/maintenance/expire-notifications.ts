/** Messages that nobody took in time: of queues, of receivers that never answered, of subscriptions never confirmed. */
import { CONFIRMATION_MAX_MS, DELIVERY_PATIENCE_MS } from "../../domain/limits.ts";
import type { MaintenanceStores } from "./maintenance-task.ts";

const BATCH = 500;
/** Deliveries are given up by their own attempts; this removes those that were never attempted in time. */
const DELIVERY_GRACE_MS = 60 * 60 * 1000;

type Stores = Pick<MaintenanceStores, "metadata" | "clock" | "logger">;

/** Forgets what is past its time, in batches until nothing is left or `signal` aborts; returns how much. */
export async function expireNotifications(stores: Stores, signal: AbortSignal): Promise<number> {
  const { metadata, clock } = stores;
  const nowMs = clock.nowMs();
  const messages = await repeat(signal, () => metadata.queues.removeExpired(nowMs, BATCH));
  const deliveries = await repeat(signal, () => dropDeliveries(stores, nowMs));
  const pending = await metadata.subscriptions.removePendingSince(nowMs - CONFIRMATION_MAX_MS);
  return messages + deliveries + pending;
}

async function dropDeliveries({ metadata, logger }: Stores, nowMs: number): Promise<number> {
  const beforeMs = nowMs - DELIVERY_PATIENCE_MS - DELIVERY_GRACE_MS;
  const dropped = await metadata.deliveries.removeCreatedBefore(beforeMs, BATCH);
  for (const { messageId, topicArn, attempts } of dropped) {
    logger.error({ messageId, topicArn, attempts }, "a notification was given up");
  }
  return dropped.length;
}

async function repeat(signal: AbortSignal, step: () => Promise<number>): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const count = await step();
    total += count;
    if (count < BATCH) {
      break;
    }
  }
  return total;
}
