/**
 * `--output text`: a line for each structure, its scalars in the order of their names between tabs; what is
 * nested follows with its name in capitals first.
 */
import type { JsonValue } from "../../../std/json.ts";
import { formatPythonText, isList, isObject } from "../python-text.ts";

type Structure = { readonly [key: string]: JsonValue | undefined };

/** The text of `value`. */
export function formatTextOutput(value: JsonValue): string {
  return [...formatItem(value, undefined, undefined)].map((line) => `${line}\n`).join("");
}

function* formatItem(
  item: JsonValue | undefined,
  name: string | undefined,
  columns: readonly string[] | undefined,
): Generator<string> {
  if (isObject(item)) {
    yield* formatStructure(item, name, columns);
  } else if (isList(item)) {
    yield* formatList(item, name);
  } else {
    yield formatPythonText(item);
  }
}

function* formatList(items: readonly JsonValue[], name: string | undefined): Generator<string> {
  if (items.some(isObject)) {
    const columns = scalarNames(items);
    for (const item of items) {
      yield* formatItem(item, name, columns);
    }
  } else {
    yield* formatScalars(
      items.filter((item) => !isList(item)),
      name,
    );
    for (const item of items.filter(isList)) {
      yield* formatItem(item, name, undefined);
    }
  }
}

function* formatScalars(items: readonly JsonValue[], name: string | undefined): Generator<string> {
  if (name !== undefined) {
    yield* items.map((item) => `${name.toUpperCase()}\t${formatPythonText(item)}`);
  } else if (items.length > 0) {
    yield items.map(formatPythonText).join("\t");
  }
}

function* formatStructure(
  item: Structure,
  name: string | undefined,
  columns: readonly string[] | undefined,
): Generator<string> {
  const names = columns ?? scalarNames([item]);
  if (names.length > 0) {
    const cells = names.map((column) => (column in item ? formatPythonText(item[column]) : ""));
    yield [...(name === undefined ? [] : [name.toUpperCase()]), ...cells].join("\t");
  }
  const nested = Object.keys(item).filter((key) => !names.includes(key));
  for (const key of nested.sort()) {
    yield* formatItem(item[key], key, undefined);
  }
}

/** The names under which any of the structures has a scalar, sorted. */
function scalarNames(items: readonly JsonValue[]): readonly string[] {
  const names = items.filter(isObject).flatMap((item) =>
    Object.entries(item)
      .filter(([, value]) => !isList(value) && !isObject(value))
      .map(([key]) => key),
  );
  return [...new Set(names)].sort();
}
