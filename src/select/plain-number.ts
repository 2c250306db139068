/** Reads the numbers that records are full of, `-12` or `3.50`, without patterns, bigints or objects. */

/** 10^0 to 10^22: every power of ten that a float holds exactly. */
export const floatPowers: readonly number[] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
];

/** Digits that a float holds whatever they are. */
const SAFE_DIGITS = 15;

/**
 * The digits of `text` as a whole number, the point left out: -1250 for `-12.50`. NaN unless `text` is an
 * optional sign and 1 to 15 digits with at most one point among them.
 */
export function findPlainUnits(text: string): number {
  const length = text.length;
  const first = text.charCodeAt(0);
  const start = first === 0x2d || first === 0x2b ? 1 : 0;
  let units = 0;
  let digits = 0;
  for (let index = start; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) {
      units = units * 10 + code - 0x30;
      digits += 1;
    } else if (code !== 0x2e || digits !== index - start) {
      return Number.NaN;
    }
  }
  if (digits < 1 || digits > SAFE_DIGITS) {
    return Number.NaN;
  }
  return first === 0x2d ? 0 - units : units;
}

/** Digits after the point of a `text` that `findPlainUnits` accepts. */
export function plainScaleOf(text: string): number {
  const point = text.indexOf(".");
  return point === -1 ? 0 : text.length - point - 1;
}
