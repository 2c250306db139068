/** The encodings inside descriptions. Whatever is malformed is `undefined`: no text makes these throw. */
import { parseBase64, utf8Text } from "../../std/bytes.ts";

/** Members of a JSON object, of any type. */
export type JsonMembers = Readonly<Record<string, unknown>>;

/** Bytes of base64 `text`, with or without padding; white space does not count. */
export function findBase64Bytes(
  text: string,
  alphabet: "base64" | "base64url",
): Uint8Array | undefined {
  return findOrNothing(() => parseBase64(text, alphabet));
}

/** Text of UTF-8 `bytes`. */
export function findUtf8Text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : findOrNothing(() => utf8Text(bytes));
}

/** The members of the JSON object that `text` holds. */
export function findJsonMembers(text: string): JsonMembers | undefined {
  const value = findJsonValue(text);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  // An object of JSON has string keys and nothing else.
  return isObject ? (value as JsonMembers) : undefined;
}

/** The value of JSON `text`. */
export function findJsonValue(text: string): unknown {
  return findOrNothing(() => JSON.parse(text) as unknown);
}

/** `text` without the white space and the quotation marks around it, in linear time. */
export function withoutQuotes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isQuoteOrSpace(text.charAt(start))) {
    start += 1;
  }
  while (end > start && isQuoteOrSpace(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(start, end);
}

function isQuoteOrSpace(character: string): boolean {
  return character === '"' || character.trim() === "";
}

function findOrNothing<Value>(decode: () => Value): Value | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
