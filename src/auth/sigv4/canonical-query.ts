/** The query line of the canonical request, and the reading of queries that it needs. */
import { decodePercent, encodePercent } from "./percent-encoding.ts";

/** The parameter that holds the signature itself, and so can't be part of what is signed. */
export const SIGNATURE_PARAMETER = "X-Amz-Signature";

type Pair = readonly [name: string, value: string];

/** Names and values of a wire query in order, percent-decoded; a `+` is a plus sign. */
export function parseQuery(query: string): Pair[] {
  return splitQuery(query)
    .filter(([name, value]) => name !== "" || value !== "")
    .map(([name, value]) => [decodePercent(name), decodePercent(value)]);
}

/**
 * The lines that clients sign for one wire query, most likely first: decoded and encoded anew, as
 * every SDK does it, or the text as it was sent and only sorted, as botocore does it for a URL
 * given whole.
 */
export function canonicalQueryForms(query: string): string[] {
  if (query === "") {
    return [""];
  }
  const encodedAnew = canonicalQuery(query);
  const asSent = formatSorted(splitQuery(query));
  return encodedAnew === asSent ? [encodedAnew] : [encodedAnew, asSent];
}

/**
 * Pairs without `X-Amz-Signature`, encoded once, sorted by encoded name and then value (contract
 * §1.3).
 */
export function canonicalQuery(query: string): string {
  return formatSorted(
    parseQuery(query).map(([name, value]) => [encodePercent(name), encodePercent(value)]),
  );
}

function splitQuery(query: string): Pair[] {
  if (query === "") {
    return [];
  }
  return query.split("&").map((part) => {
    const end = part.indexOf("=");
    return end === -1 ? [part, ""] : [part.slice(0, end), part.slice(end + 1)];
  });
}

function formatSorted(pairs: readonly Pair[]): string {
  return pairs
    .filter(([name]) => name !== SIGNATURE_PARAMETER)
    .sort(comparePairs)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function comparePairs(left: Pair, right: Pair): number {
  return compareText(left[0], right[0]) || compareText(left[1], right[1]);
}

function compareText(left: string, right: string): number {
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}
