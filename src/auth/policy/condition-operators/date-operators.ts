/**
 * Comparisons of instants. Both sides may be ISO 8601 (a year, a month, a day, or a time with `Z` or an
 * offset, with or without seconds) or seconds since 1970. Four digits alone are a year.
 */
import { findIsoInstant } from "../../../std/iso-time.ts";
import { orderedOperators } from "./condition-operator.ts";

export const dateOperators = orderedOperators("Date", {
  valueRule: "an ISO 8601 date such as 2026-01-31T00:00:00Z, or seconds since 1970",
  find: findInstant,
});

/** Epoch milliseconds. */
function findInstant(text: string): number | undefined {
  const isYear = /^\d{4}$/.test(text);
  if (!isYear && /^\d{1,12}(?:\.\d{1,9})?$/.test(text)) {
    return Number(text) * 1000;
  }
  return findIsoInstant(completeIso(text));
}

/** `2026`, `2026-01`, `2026-01-31` and `2026-01-31T10:00Z` with all that they leave out. */
function completeIso(text: string): string {
  const day = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(text);
  if (day !== null) {
    const [, year, month = "01", date = "01"] = day;
    return `${year}-${month}-${date}T00:00:00Z`;
  }
  return text.replace(/^(.{10}T\d\d:\d\d)(Z|[+-]\d\d:\d\d)$/, "$1:00$2");
}
