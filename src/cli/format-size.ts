/** Sizes and rates as people write them. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `1.5 GiB`; whole bytes below 1 KiB. */
export function formatSize(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Bytes per second of `20MiB/s` (`/s` may be left out), or `undefined` when it is no rate above 0. */
export function findByteRate(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?) ?(B|KiB|MiB|GiB|TiB)(?:\/s)?$/.exec(text);
  const [, digits = "", unit = ""] = match ?? [];
  const bytes = Math.floor(Number(digits) * (UNIT_BYTES[unit] ?? 0));
  return match !== null && bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
