/**
 * The AWS CLI's shorthand syntax: `Type=select,Events=a,b,Rules=[{Strategy=None}]`. It is read without
 * regard to what the parameter holds; `conformToShape` then makes integers, truths and lists of one of it.
 */
import { CommandFailure } from "./errors-and-exit-codes.ts";
import { plainShape, type Shape } from "./operation-shape.ts";
import { isList, isObject } from "./python-text.ts";

/** What shorthand text holds before it meets a shape. */
export type ShorthandValue =
  | string
  | readonly ShorthandValue[]
  | { readonly [key: string]: ShorthandValue };

/** Text that isn't shorthand; the message shows the place. */
export class ShorthandError extends Error {}

/** The members that `text` gives. Throws `ShorthandError`. */
export function parseShorthand(text: string): Readonly<Record<string, ShorthandValue>> {
  const reader: Reader = { text, index: 0 };
  const members = new Map<string, ShorthandValue>();
  for (;;) {
    const keyIndex = reader.index;
    const key = readKey(reader);
    expect(reader, "=", true);
    const value = readValue(reader);
    if (members.has(key)) {
      throw duplicateKey(key, text, keyIndex);
    }
    members.set(key, value);
    if (atEnd(reader)) {
      return Object.fromEntries(members);
    }
    expect(reader, ",", true);
  }
}

/** `value` with the types of `shape` where the text can mean them. Throws a `CommandFailure`. */
export function conformToShape(value: ShorthandValue, shape: Shape): unknown {
  const plain = plainShape(shape);
  switch (plain.kind) {
    case "structure":
      return isObject(value) ? conformMembers(value, plain.members) : value;
    case "list":
      return isList(value)
        ? value.map((item) => conformToShape(item as ShorthandValue, plain.item))
        : [value];
    case "map":
      return isObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([key, item]) => [
              key,
              conformToShape(item as ShorthandValue, plain.value),
            ]),
          )
        : value;
    case "integer":
      return parseInteger(value);
    case "boolean":
      return parseTruth(value);
    case "string":
    case "timestamp":
    case "bytes":
      return value;
  }
}

function conformMembers(value: object, members: { readonly [name: string]: Shape }): unknown {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const shape = members[name];
      return [name, shape === undefined ? member : conformToShape(member, shape)];
    }),
  );
}

function parseInteger(value: ShorthandValue): unknown {
  if (typeof value !== "string") {
    return value;
  }
  if (!/^\s*[+-]?\d+\s*$/.test(value)) {
    throw new CommandFailure("general", `invalid literal for int() with base 10: '${value}'`);
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value.trim());
}

function parseTruth(value: ShorthandValue): unknown {
  const text = typeof value === "string" ? value.toLowerCase() : undefined;
  return text === "true" ? true : text === "false" ? false : value;
}

interface Reader {
  readonly text: string;
  index: number;
}

/** The first value after `=` may hold `=` and begin with fewer signs than those after a comma. */
const FIRST_VALUE = /^(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])(?:\\,|[\s!#-&(-+\--\\^-|~-\uffff])*/;
const LATER_VALUE = /^(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])(?:\\,|[\s!#-&(-+\--<>-\uffff])*/;
const SINGLE_QUOTED = /^'(?:\\\\|\\'|[^'])*'/;
const DOUBLE_QUOTED = /^"(?:\\\\|\\"|[^"])*"/;

function readKey(reader: Reader): string {
  const key = /^[A-Za-z0-9\-_.#/:]*/.exec(reader.text.slice(reader.index))?.[0] ?? "";
  reader.index += key.length;
  return key;
}

function readValue(reader: Reader): ShorthandValue {
  if (atEnd(reader)) {
    return "";
  }
  const first = current(reader);
  return first === "[" || first === "{" ? readNested(reader) : readCommaList(reader);
}

/** In brackets and braces a comma always ends the value. */
function readNested(reader: Reader): ShorthandValue {
  switch (current(reader)) {
    case "[":
      return readBrackets(reader);
    case "{":
      return readBraces(reader);
    default:
      return readFirst(reader);
  }
}

function readBrackets(reader: Reader): ShorthandValue {
  expect(reader, "[", true);
  const items: ShorthandValue[] = [];
  while (current(reader) !== "]") {
    items.push(readNested(reader));
    skipSpace(reader);
    if (current(reader) !== "]") {
      expect(reader, ",", false);
      skipSpace(reader);
    }
  }
  expect(reader, "]", false);
  return items;
}

function readBraces(reader: Reader): ShorthandValue {
  expect(reader, "{", true);
  const members = new Map<string, ShorthandValue>();
  while (current(reader) !== "}") {
    const key = readKey(reader);
    expect(reader, "=", true);
    const value = readNested(reader);
    skipSpace(reader);
    if (current(reader) !== "}") {
      expect(reader, ",", false);
      skipSpace(reader);
    }
    members.set(key, value);
  }
  expect(reader, "}", false);
  return Object.fromEntries(members);
}

/** `a` or `a,b,c`; a comma before the next `key=` belongs to the members around it. */
function readCommaList(reader: Reader): ShorthandValue {
  const first = readFirst(reader);
  skipSpace(reader);
  if (atEnd(reader) || current(reader) !== ",") {
    return first;
  }
  expect(reader, ",", true);
  const items = [first];
  for (;;) {
    try {
      const item = readLater(reader);
      skipSpace(reader);
      if (atEnd(reader)) {
        items.push(item);
        break;
      }
      expect(reader, ",", true);
      items.push(item);
    } catch (error) {
      if (!(error instanceof ShorthandError) || atEnd(reader)) {
        throw error;
      }
      reader.index = reader.text.lastIndexOf(",", reader.index);
      break;
    }
  }
  return items.length === 1 ? first : items;
}

function readFirst(reader: Reader): string {
  return readQuoted(reader) ?? unescapeCommas(take(reader, FIRST_VALUE) ?? "");
}

function readLater(reader: Reader): string {
  const quoted = readQuoted(reader);
  if (quoted !== undefined) {
    return quoted;
  }
  const value = take(reader, LATER_VALUE);
  if (value === undefined) {
    throw unexpected(reader, "<second>", "<none>");
  }
  return unescapeCommas(value);
}

function readQuoted(reader: Reader): string | undefined {
  const mark = current(reader);
  if (mark !== "'" && mark !== '"') {
    return undefined;
  }
  const value = take(reader, mark === "'" ? SINGLE_QUOTED : DOUBLE_QUOTED);
  if (value === undefined) {
    throw unexpected(reader, mark === "'" ? "<singled quoted>" : "<double quoted>", "<none>");
  }
  return value.slice(1, -1).replaceAll(`\\${mark}`, mark).replaceAll("\\\\", "\\");
}

function unescapeCommas(value: string): string {
  return value.replaceAll("\\,", ",").trimEnd();
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  const found = pattern.exec(reader.text.slice(reader.index))?.[0];
  reader.index += found?.length ?? 0;
  return found;
}

function expect(reader: Reader, sign: string, spaceAround: boolean): void {
  if (spaceAround) {
    skipSpace(reader);
  }
  const actual = current(reader);
  if (actual !== sign) {
    throw unexpected(reader, sign, actual ?? "EOF");
  }
  reader.index += 1;
  if (spaceAround) {
    skipSpace(reader);
  }
}

function skipSpace(reader: Reader): void {
  while (/^[ \t\n\r\v\f]/.test(current(reader) ?? "")) {
    reader.index += 1;
  }
}

function current(reader: Reader): string | undefined {
  return reader.text[reader.index];
}

function atEnd(reader: Reader): boolean {
  return reader.index >= reader.text.length;
}

function unexpected({ text, index }: Reader, expected: string, actual: string): ShorthandError {
  const place = markPlace(text, index);
  return new ShorthandError(`Expected: '${expected}', received: '${actual}' for input:\n${place}`);
}

function duplicateKey(key: string, text: string, index: number): ShorthandError {
  return new ShorthandError(
    `Second instance of key "${key}" encountered for input:\n${markPlace(text, index)}\n` +
      'This is often because there is a preceding "," instead of a space.',
  );
}

/** The text with a caret below the place at `index`. */
function markPlace(text: string, index: number): string {
  const lineStart = text.lastIndexOf("\n", index - 1) + 1;
  const lineEnd = text.indexOf("\n", index);
  const head = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const tail = lineEnd < 0 ? "" : text.slice(lineEnd);
  return `${head}\n${" ".repeat(index - (index === 0 ? 0 : lineStart))}^${tail}`;
}
