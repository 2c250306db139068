/** What the downloads of a verb share: slots, the limit on bytes per second, time and chance. */
import type { TransferContext } from "../../../client/transfer/fetch-range.ts";
import { createSlots } from "../../../client/transfer/slots.ts";
import { createThrottle, unthrottled } from "../../../client/transfer/throttle.ts";
import type { Session } from "../../session/session.ts";

/** Slots and throttle of `session`'s settings; `signal` ends the downloads, by default with the session. */
export function createTransferContext(
  session: Session,
  signal: AbortSignal = session.signal,
): TransferContext {
  const { settings, surroundings } = session;
  const { nowMs, sleep } = surroundings;
  const bytesPerSecond = settings.maxRate.value;
  return {
    slots: createSlots(settings.concurrency.value),
    throttle:
      bytesPerSecond === undefined ? unthrottled : createThrottle({ bytesPerSecond, nowMs, sleep }),
    signal,
    sleep,
    random: Math.random,
  };
}
