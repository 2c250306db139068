/** `--query`: JMESPath over what a command would print. */
import { createRequire } from "node:module";
import type { JsonValue } from "../../std/json.ts";
import { CommandFailure } from "./errors-and-exit-codes.ts";

/** Gives the part of a printable value that the expression asks for; `null` when there is none. */
export type Query = (value: JsonValue) => JsonValue;

/** What is used of the package; its published types leave `compile` out. */
interface JmesPath {
  compile(expression: string): unknown;
  search(value: JsonValue, expression: string): JsonValue | undefined;
}

/** Throws a parameter `CommandFailure` for text that is no JMESPath. */
export function compileQuery(expression: string): Query {
  const jmespath = loadJmesPath();
  try {
    jmespath.compile(expression);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure("parameter", `Bad value for --query ${expression}: ${why}`);
  }
  return (value) => search(jmespath, value, expression);
}

function search(jmespath: JmesPath, value: JsonValue, expression: string): JsonValue {
  try {
    return jmespath.search(value, expression) ?? null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure("general", why, { cause: error });
  }
}

/** Loaded when a query is given; it is a CommonJS module. */
function loadJmesPath(): JmesPath {
  return createRequire(import.meta.url)("jmespath") as JmesPath;
}
