/** The header block of the canonical request. */
import { invalidSignature } from "../../domain/errors.ts";
import { groupHeaders, type WireRequest } from "./wire-request.ts";

/**
 * The blocks that clients sign, most likely first: every value folded, or, as boto 2 does it,
 * values that hold a `"` only trimmed. `signedHeaders` are lower-case names, and their order is
 * kept.
 *
 * Errors: `InvalidSignatureException` when the request lacks a header that it says it signed.
 */
export function canonicalHeadersForms(
  request: WireRequest,
  signedHeaders: readonly string[],
): string[] {
  const folded = canonicalHeaders(request, signedHeaders);
  if (!folded.includes('"')) {
    return [folded];
  }
  const quotesKept = formatHeaders(request, signedHeaders, (value) =>
    value.includes('"') ? trimBlanks(value) : foldBlanks(value),
  );
  return folded === quotesKept ? [folded] : [folded, quotesKept];
}

/**
 * One `name:value` line per signed header, each value folded; errors as `canonicalHeadersForms`.
 */
export function canonicalHeaders(request: WireRequest, signedHeaders: readonly string[]): string {
  return formatHeaders(request, signedHeaders, foldBlanks);
}

function formatHeaders(
  request: WireRequest,
  signedHeaders: readonly string[],
  formatValue: (value: string) => string,
): string {
  const valuesByName = groupHeaders(request);
  let lines = "";
  for (const name of signedHeaders) {
    const values = valuesByName.get(name);
    if (values === undefined) {
      throw invalidSignature(
        `SignedHeaders names '${name}', but the request carries no such header.`,
      );
    }
    lines += `${name}:${values.map(formatValue).join(",")}\n`;
  }
  return lines;
}

/**
 * Trims and turns inner runs of blanks into one space (contract §1.3). Only space and tab are
 * blanks: the byte 0xA0 is white space to JavaScript, but here it is a part of some UTF-8
 * character.
 */
function foldBlanks(value: string): string {
  return trimBlanks(/[ \t]/.test(value) ? value.replace(/[ \t]+/g, " ") : value);
}

/** A loop, because `/[ \t]+$/` takes quadratic time on long inner runs of blanks. */
function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) {
    start += 1;
  }
  while (end > start && isBlank(value.charCodeAt(end - 1))) {
    end -= 1;
  }
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
