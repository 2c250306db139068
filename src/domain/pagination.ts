/** `limit` and `marker` of the list operations (contract §1.11). */
import { findClampedWholeNumber } from "./decimal.ts";
import { invalidParameter, type ServiceError } from "./errors.ts";

/**
 * The page size that a `limit` asks for: `max` when absent, and clamped to it (contract §0 B). An empty
 * `limit=` is not a whole number and is refused like any other, since the contract excepts only markers.
 * Throws `InvalidParameterValueException`.
 */
export function parseLimit(text: string | undefined, max: number): number {
  if (text === undefined) {
    return max;
  }
  const limit = findClampedWholeNumber(text, max);
  if (limit === undefined || limit < 1) {
    throw invalidParameter(`Invalid limit: ${text}. It must be a whole number of at least 1.`);
  }
  return limit;
}

/**
 * The place that a `marker` names; `undefined`, the first item, when it is absent or empty. `find` reads
 * the text; what it does not know is refused. Throws `InvalidParameterValueException`.
 */
export function parseMarker<T>(
  text: string | undefined,
  find: (text: string) => T | undefined,
): T | undefined {
  if (text === undefined || text === "") {
    return undefined;
  }
  const place = find(text);
  if (place === undefined) {
    throw invalidMarker(text);
  }
  return place;
}

/** The refusal of a marker that no answer of this list could have held. */
export function invalidMarker(text: string): ServiceError {
  return invalidParameter(`Invalid marker: ${text}`);
}

/** A page, and the first item that comes after it. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Becomes the `Marker` of the answer; `undefined` on the last page. */
  readonly next: T | undefined;
}

/** Splits up to `limit + 1` items, the form in which stores are asked for a page, into page and next item. */
export function splitPage<T>(items: readonly T[], limit: number): Page<T> {
  return { items: items.slice(0, limit), next: items[limit] };
}
