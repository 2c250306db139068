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

/**
 * Lists and objects within each other; no request has more than ten. The parser recurses, and would run out of
 * stack on text that is made of brackets.
 */
const DEPTH_MAX = 256;
/** Longer integers stay numbers: nothing takes them, and reading them exactly takes long. */
const INTEGER_MAX_DIGITS = 40;

/** The value of JSON `text`; throws `SyntaxError` when it is not JSON, or nested more than 256 levels deep. */
export function parseJson(text: string): JsonValue {
  checkDepth(text);
  return JSON.parse(text, (_key, value, context?: { source?: string }) => {
    const source = context?.source;
    const exact = typeof value !== "number" || Number.isSafeInteger(value);
    return exact || source === undefined || !isReadable(source) ? value : BigInt(source);
  });
}

function isReadable(source: string): boolean {
  return source.length <= INTEGER_MAX_DIGITS && /^-?\d+$/.test(source);
}

/** Brackets in strings count for nothing. */
function checkDepth(text: string): void {
  let depth = 0;
  let isString = false;
  for (let index = 0; index < text.length && depth <= DEPTH_MAX; index += 1) {
    const character = text[index];
    if (isString) {
      index += character === "\\" ? 1 : 0;
      isString = character !== '"';
    } else if (character === "[" || character === "{") {
      depth += 1;
    } else if (character === "]" || character === "}") {
      depth -= 1;
    } else {
      isString = character === '"';
    }
  }
  if (depth > DEPTH_MAX) {
    throw new SyntaxError(`JSON is nested more than ${DEPTH_MAX} levels deep`);
  }
}

/** Compact JSON text of `value`; members that are `undefined` are left out. */
export function formatJson(value: JsonValue | undefined): string {
  try {
    // Without a replacer the text is made several times faster, and nearly nothing holds a `bigint`.
    return JSON.stringify(value);
  } catch (error) {
    if (!holdsBigint(value)) {
      throw error;
    }
  }
  return JSON.stringify(value, (_key, member) =>
    typeof member === "bigint" ? rawJson(member.toString()) : member,
  );
}

function holdsBigint(value: JsonValue | undefined): boolean {
  if (typeof value !== "object" || value === null) {
    return typeof value === "bigint";
  }
  const parts: readonly (JsonValue | undefined)[] = Object.values(value);
  return parts.some(holdsBigint);
}

/** `JSON.rawJSON` (ECMAScript 2026) prints a number's digits untouched; the compiler's library lacks it yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown };
