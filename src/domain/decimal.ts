/** Whole numbers as clients write them in headers, queries and members. */

/**
 * The number that `text` is: decimal digits only, leading zeros allowed (as HTTP's own `1*DIGIT`), no
 * sign, fraction, exponent or space. `undefined` for any other text and beyond 2^53-1.
 */
export function findWholeNumber(text: string): number | undefined {
  const value = findClampedWholeNumber(text, Number.MAX_SAFE_INTEGER + 1);
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

/** Like `findWholeNumber`, but a number above `max`, however long, is `max`. */
export function findClampedWholeNumber(text: string, max: number): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), max) : undefined;
}
