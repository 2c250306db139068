/** `--output json`: four spaces, characters as they are; nothing at all for an answer without members. */
import type { JsonValue } from "../../../std/json.ts";
import { isObject } from "../python-text.ts";

/** The text of `value`. */
export function formatJsonOutput(value: JsonValue): string {
  if (isObject(value) && Object.keys(value).length === 0) {
    return "";
  }
  return `${JSON.stringify(value, showLargeInteger, 4)}\n`;
}

function showLargeInteger(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
