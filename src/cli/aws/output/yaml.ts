/**
 * `--output yaml`: YAML 1.2 in block style as ruamel writes it: keys sorted, plain scalars where their text
 * can't be taken for anything else, lines folded after 80 columns.
 */
import type { JsonValue } from "../../../std/json.ts";
import { isList, isObject } from "../python-text.ts";

const MOST_COLUMNS = 80;

/** The text of `value`; a lone scalar is written as JSON. */
export function formatYamlOutput(value: JsonValue): string {
  if (isObject(value) && Object.keys(value).length === 0) {
    return "";
  }
  if (!isObject(value) && !isList(value)) {
    return `${typeof value === "bigint" ? value : JSON.stringify(value)}\n`;
  }
  return formatCollection(value, 0);
}

function formatCollection(value: JsonValue, indent: number): string {
  if (isList(value)) {
    return value.length === 0 ? "[]\n" : value.map((item) => formatListItem(item, indent)).join("");
  }
  if (!isObject(value)) {
    return "";
  }
  const keys = Object.keys(value).sort();
  return keys.length === 0
    ? "{}\n"
    : keys.map((key) => formatMember(key, value[key] ?? null, indent)).join("");
}

function formatListItem(item: JsonValue, indent: number): string {
  const margin = " ".repeat(indent);
  if (isFilled(item)) {
    return `${margin}- ${formatCollection(item, indent + 2).trimStart()}`;
  }
  return `${margin}- ${formatLeaf(item, indent + 2, indent + 2)}\n`;
}

function formatMember(key: string, value: JsonValue, indent: number): string {
  const head = `${" ".repeat(indent)}${formatScalarText(key, indent, indent + 2, false)}:`;
  if (isFilled(value)) {
    // A list in a structure begins below its name, without further indentation.
    return `${head}\n${formatCollection(value, isList(value) ? indent : indent + 2)}`;
  }
  return `${head} ${formatLeaf(value, head.length + 1, indent + 2)}\n`;
}

function isFilled(value: JsonValue): boolean {
  return isList(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0;
}

function formatLeaf(value: JsonValue, column: number, indent: number): string {
  if (isList(value)) {
    return "[]";
  }
  if (isObject(value)) {
    return "{}";
  }
  return typeof value === "string"
    ? formatScalarText(value, column, indent, true)
    : String(value ?? "null");
}

/** The scalar in the first style that can hold it: plain, in single quotes, in double quotes. */
function formatScalarText(text: string, column: number, indent: number, mayFold: boolean): string {
  const limit = mayFold ? MOST_COLUMNS : Number.POSITIVE_INFINITY;
  if (needsEscapes(text)) {
    return formatDoubleQuoted(text);
  }
  if (isPlain(text)) {
    return fold(text, column, indent, limit);
  }
  const quoted = text.replaceAll("'", "''").replaceAll(BREAKS, (breaks) => {
    // Quotes fold a lone line end into a space, so that the first of several is written twice.
    return `${breaks.startsWith("\n") ? "\n" : ""}${breaks}${" ".repeat(indent)}`;
  });
  return `'${fold(quoted, column + 1, indent, limit)}'`;
}

function needsEscapes(text: string): boolean {
  const hasSpecial = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd]|\ufeff/.test(text);
  return hasSpecial || / \n|\n |\n$|^\n/.test(text);
}

const BREAKS = /[\n\x85\u2028\u2029]+/g;

/** Text that YAML reads as something other than a string. */
const RESOLVED = [
  /^(?:true|True|TRUE|false|False|FALSE|null|Null|NULL|~|)$/,
  /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9_]+)$/,
  /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+)$/,
  /^[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|\s+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d\d?(?::\d\d)?))?)?$/,
  /^(?:=|<<)$/,
];

function isPlain(text: string): boolean {
  const startsLikeIndicator =
    /^[#,[\]{}&*!|>'"%@`]/.test(text) ||
    /^[?:-](?:\s|$)/.test(text) ||
    /^(?:---|\.\.\.)/.test(text);
  const holdsIndicator = /: |:$| #|[\n\x85\u2028\u2029]|^\s|\s$/.test(text);
  const isResolved = RESOLVED.some((pattern) => pattern.test(text));
  return !startsLikeIndicator && !holdsIndicator && !isResolved;
}

function formatDoubleQuoted(text: string): string {
  const escaped = [...text].map((character) => escapeCharacter(character));
  return `"${escaped.join("")}"`;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
};

function escapeCharacter(character: string): string {
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) {
    return named;
  }
  const code = character.codePointAt(0) ?? 0;
  if ((code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff)) {
    return character;
  }
  const hex = code.toString(16).toUpperCase();
  return code <= 0xff
    ? `\\x${hex.padStart(2, "0")}`
    : code <= 0xffff
      ? `\\u${hex.padStart(4, "0")}`
      : `\\U${hex.padStart(8, "0")}`;
}

/** Breaks at a single space once the line before it is longer than the limit. */
function fold(text: string, column: number, indent: number, limit: number): string {
  let width = column;
  let folded = "";
  const pieces = text.split(/(?<=[^ \n]) (?=[^ \n])/);
  for (const [index, piece] of pieces.entries()) {
    width += piece.length;
    folded += piece;
    if (index === pieces.length - 1) {
      break;
    }
    if (width > limit) {
      folded += `\n${" ".repeat(indent)}`;
      width = indent;
    } else {
      folded += " ";
      width += 1;
    }
  }
  return folded;
}
