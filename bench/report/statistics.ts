/** Numbers made of numbers. */

/** The median, lowest and highest of the values; of none they are 0. */
export function summarize(values: readonly number[]): {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
} {
  const sorted = values.toSorted((left, right) => left - right);
  return {
    median: median(sorted),
    lowest: sorted[0] ?? 0,
    highest: sorted.at(-1) ?? 0,
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  const lower = sorted[Math.ceil(middle) - 1] ?? upper;
  return (lower + upper) / 2;
}

/** The smallest value that at least `part` of them don't exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

/** With `digits` significant digits, but never fewer than its whole part has. */
export function roundTo(value: number, digits: number): number {
  const whole = Math.trunc(Math.abs(value)).toString().length;
  return Number(value.toFixed(Math.max(0, digits - (Math.abs(value) < 1 ? 0 : whole))));
}
