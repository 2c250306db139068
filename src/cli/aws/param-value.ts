/** The value of a flag: a file's content, JSON, shorthand, a list of words or plain text. */
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { parseJson } from "../../std/json.ts";
import { parameterFailure } from "./errors-and-exit-codes.ts";
import { describeFileError } from "./file-errors.ts";
import type { MemberFlag } from "./flags-from-shape.ts";
import { plainShape, type Shape } from "./operation-shape.ts";
import { conformToShape, parseShorthand, ShorthandError } from "./shorthand.ts";

/** A body to send, named by its path. */
export class BodyFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** The value that the words of `flag` mean. Throws a parameter `CommandFailure`. Reads named files. */
export function readFlagValue(flag: MemberFlag, words: string | readonly string[]): unknown {
  const content = readParameterFile(flag.flag, words);
  const shape = plainShape(flag.shape);
  if (content instanceof Uint8Array) {
    return shape.kind === "bytes" ? readBodyFile(flag.flag, "") : content;
  }
  const value = content ?? words;
  switch (shape.kind) {
    case "bytes":
      return readBodyFile(flag.flag, typeof value === "string" ? value : "");
    case "structure":
    case "map":
      return readStructure(flag.flag, typeof value === "string" ? value : "", shape);
    case "list":
      return readList(flag.flag, value);
    default:
      return value;
  }
}

/**
 * The content of the file when the value names one by `file://` (text) or `fileb://` (bytes). Throws a
 * parameter `CommandFailure` when it can't be read.
 */
export function readParameterFile(
  flag: string,
  words: string | readonly string[],
): string | Uint8Array | undefined {
  const word = typeof words === "string" ? words : words.length === 1 ? words[0] : undefined;
  const prefix = ["file://", "fileb://"].find((start) => word?.startsWith(start));
  if (word === undefined || prefix === undefined) {
    return undefined;
  }
  const path = expandPath(word.slice(prefix.length));
  const bytes = readOrFail(flag, word, path);
  return prefix === "fileb://" ? bytes : decodeText(flag, path, bytes);
}

/** `~`, `$NAME` and `${NAME}` in a path, as a shell would replace them. */
export function expandPath(path: string): string {
  return path
    .replace(/^~(?=\/|$)/, homedir())
    .replaceAll(/\$(?:(\w+)|\{([^}]*)\})/g, (text, name: string, braced: string) => {
      return process.env[name ?? braced] ?? text;
    });
}

function readOrFail(flag: string, word: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw parameterFailure(
      flag,
      `Unable to load paramfile ${word}: ${describeFileError(error, path)}`,
    );
  }
}

function decodeText(flag: string, path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw parameterFailure(
      flag,
      `Unable to load paramfile (${path}), text contents could not be decoded.  If this is a binary` +
        " file, please use the fileb:// prefix instead of the file:// prefix.",
    );
  }
}

function readBodyFile(flag: string, value: string): BodyFile {
  const path = expandPath(value);
  if (!isFile(path)) {
    throw parameterFailure(flag, "Blob values must be a path to a file.");
  }
  return new BodyFile(path);
}

/** A text that can't be a path, for instance because it is too long, names no file either. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function readStructure(flag: string, value: string, shape: Shape): unknown {
  const start = value.trimStart()[0];
  if (start === "{") {
    return readJson(flag, value);
  }
  if (start === "[") {
    throw parameterFailure(flag, `Invalid JSON:\n${value}`);
  }
  try {
    return conformToShape(parseShorthand(value), shape);
  } catch (error) {
    throw error instanceof ShorthandError ? parameterFailure(flag, error.message) : error;
  }
}

function readList(flag: string, value: string | readonly string[]): unknown {
  const only = typeof value === "string" ? value : value.length === 1 ? value[0] : undefined;
  if (only?.trim().startsWith("[") === true) {
    return readJson(flag, only);
  }
  // A file's text that is no JSON becomes a list of its characters, as in the AWS CLI.
  return [...value];
}

function readJson(flag: string, text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw parameterFailure(flag, `Invalid JSON: ${why}\nJSON received: ${text}`);
  }
}
