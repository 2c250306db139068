/** When a failed delivery is tried again (contract §8a). Times are milliseconds. */
import { DELIVERY_PATIENCE_MS } from "../../domain/limits.ts";

const DELAY_FIRST_MS = 1_000;
const DELAY_MAX_MS = 5 * 60 * 1000;

/** The pause after the `attempts`-th failure (from 1), or `undefined` when the delivery is given up. */
export function decideDelayMs(facts: {
  readonly attempts: number;
  readonly ageMs: number;
}): number | undefined {
  const delayMs = Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** Math.min(facts.attempts - 1, 30));
  return facts.ageMs + delayMs > DELIVERY_PATIENCE_MS ? undefined : delayMs;
}
