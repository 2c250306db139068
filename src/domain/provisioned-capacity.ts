/** Provisioned capacity: units of an account that keep Expedited retrievals from being refused (contract §6.2). */
import { insufficientCapacity, limitExceeded } from "./errors.ts";
import type { CapacityId } from "./ids.ts";
import { CAPACITY_UNITS_MAX } from "./limits.ts";

export interface CapacityUnit {
  readonly capacityId: CapacityId;
  readonly startMs: number;
  /** From this instant on the unit is gone; a whole second. */
  readonly expiresAtMs: number;
}

/** How many Expedited retrievals of an account may be in progress when it has no unit. */
export type ExpeditedCapacity = number | "unlimited";

/**
 * The unit bought at `nowMs`. Throws `LimitExceededException` when the account has as many unexpired ones
 * as it may have.
 */
export function decidePurchase(
  unexpiredUnits: number,
  purchase: { readonly capacityId: CapacityId; readonly nowMs: number },
): CapacityUnit {
  if (unexpiredUnits >= CAPACITY_UNITS_MAX) {
    throw limitExceeded(
      `The account has ${unexpiredUnits} provisioned capacity units; at most ${CAPACITY_UNITS_MAX} are allowed.`,
    );
  }
  const { capacityId, nowMs } = purchase;
  return { capacityId, startMs: nowMs, expiresAtMs: roundToSecond(addMonth(nowMs)) };
}

/**
 * Throws `InsufficientCapacityException` for an Expedited retrieval of an account without a unit that has
 * `inProgress` of them already.
 */
export function checkExpeditedCapacity(
  capacity: ExpeditedCapacity,
  account: { readonly unexpiredUnits: number; readonly inProgress: number },
): void {
  const isFree = capacity === "unlimited" || account.unexpiredUnits > 0;
  if (!isFree && account.inProgress >= capacity) {
    throw insufficientCapacity();
  }
}

function roundToSecond(ms: number): number {
  return Math.round(ms / 1000) * 1000;
}

/** The same time of the same day of the next month, or of that month's last day (contract §2.33). */
function addMonth(ms: number): number {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const lastDay = new Date(Date.UTC(year, month + 2, 0)).getUTCDate();
  date.setUTCMonth(month + 1, Math.min(date.getUTCDate(), lastDay));
  return date.getTime();
}
