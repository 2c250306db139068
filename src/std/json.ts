/**
 * JSON that keeps 64-bit integers exact. `JSON.parse` reads 9007199254740993 as …992; members such as
 * `BytesPerHour` go up to 2^63-1 (contract §1.6), so integers beyond 2^53 become `bigint` here.
 */

/** Any value that JSON text can hold, with integers beyond 2^53 as `bigint`. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** The value of JSON `text`; throws `SyntaxError` when it is not JSON. */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text, (_key, value, context?: { source?: string }) => {
    const source = context?.source;
    const exact = typeof value !== "number" || Number.isSafeInteger(value);
    return exact || source === undefined || !/^-?\d+$/.test(source) ? value : BigInt(source);
  });
}

/** Compact JSON text of `value`; members that are `undefined` are left out. */
export function formatJson(value: JsonValue | undefined): string {
  return JSON.stringify(value, (_key, member) =>
    typeof member === "bigint" ? rawJson(member.toString()) : member,
  );
}

/** `JSON.rawJSON` (ECMAScript 2026) prints a number's digits untouched; the compiler's library lacks it yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown };
