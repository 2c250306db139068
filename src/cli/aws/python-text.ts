/** Values as Python prints them: the AWS CLI's messages and its text format hold them. */
import type { JsonValue } from "../../std/json.ts";

/** `str(value)` of Python. */
export function formatPythonText(value: JsonValue | Uint8Array | undefined): string {
  return typeof value === "string" ? value : formatPythonLiteral(value);
}

/** `repr(value)` of Python. */
export function formatPythonLiteral(value: JsonValue | Uint8Array | undefined): string {
  if (value === null || value === undefined) {
    return "None";
  }
  if (value instanceof Uint8Array) {
    return `b${quote(Buffer.from(value).toString("latin1"))}`;
  }
  if (typeof value === "string") {
    return quote(value);
  }
  if (typeof value === "boolean") {
    return value ? "True" : "False";
  }
  if (typeof value !== "object") {
    return String(value);
  }
  if (isList(value)) {
    return `[${value.map(formatPythonLiteral).join(", ")}]`;
  }
  const members = Object.entries(value).map(
    ([key, member]) => `${quote(key)}: ${formatPythonLiteral(member)}`,
  );
  return `{${members.join(", ")}}`;
}

/** The type of `value` as Python's messages name it. */
export function formatPythonType(value: JsonValue | Uint8Array | undefined): string {
  return `<class '${pythonTypeName(value)}'>`;
}

/** Whether `value` is an array of JSON. (`Array.isArray` does not narrow readonly arrays.) */
export function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Whether `value` is an object of JSON. */
export function isObject(
  value: unknown,
): value is { readonly [key: string]: JsonValue | undefined } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

function pythonTypeName(value: JsonValue | Uint8Array | undefined): string {
  if (value === null || value === undefined) {
    return "NoneType";
  }
  if (value instanceof Uint8Array) {
    return "bytes";
  }
  switch (typeof value) {
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "int" : "float";
    case "bigint":
      return "int";
    default:
      return isList(value) ? "list" : "dict";
  }
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll(mark, `\\${mark}`)
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t")
    .replaceAll(/(?! )[\p{C}\p{Z}]/gu, escapeCharacter);
  return `${mark}${escaped}${mark}`;
}

function escapeCharacter(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length <= 2
    ? `\\x${hex.padStart(2, "0")}`
    : hex.length <= 4
      ? `\\u${hex.padStart(4, "0")}`
      : `\\U${hex.padStart(8, "0")}`;
}
