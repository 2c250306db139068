/** Where settings come from: flags, environment and file, each with the name it gives a setting. */
import { createRequire } from "node:module";
import { findNearest } from "../std/nearest.ts";

/** What the command line, the environment and the file system say. */
export interface SettingSources {
  /** Text of each flag by the setting's name; `undefined` for a flag without a value. */
  readonly flags: ReadonlyMap<string, string | undefined>;
  /** Flags that no setting has, as written, without their values. */
  readonly unknownFlags: readonly string[];
  /** Words on the command line that belong to no flag. */
  readonly strayWords: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of the file at a path; throws the file system's error. */
  readFile(path: string): string;
}

/** One value for a setting, with the place to find it again. */
export interface GivenValue {
  /** `undefined` when the setting is named without a value. */
  readonly text: string | undefined;
  readonly origin: string;
}

/** What this module needs to know of a setting. */
interface SourceRow {
  readonly inFile: boolean;
}

/** `tier-delays` as an environment variable: `MORAINE_TIER_DELAYS`. */
export function envKey(name: string): string {
  return `MORAINE_${name.replaceAll("-", "_").toUpperCase()}`;
}

/** `tier-delays` as a key of the file: `tierDelays`. */
export function fileKey(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A value for a message: quoted and bounded; a secret, or a password within a URL, is masked. */
export function showValue(text: string, secret: boolean): string {
  if (secret) {
    return "****";
  }
  const masked = text.replace(/\/\/[^/]*@/, "//****@");
  return JSON.stringify(masked.length > 200 ? `${masked.slice(0, 200)}…` : masked);
}

/**
 * All values given for each setting, the one that counts first, and what is wrong with the sources
 * themselves: unknown flags and keys, a file that cannot be read.
 */
export function gatherValues(
  sources: SettingSources,
  rows: Readonly<Record<string, SourceRow>>,
): { readonly given: Map<string, readonly GivenValue[]>; readonly mistakes: string[] } {
  const names = Object.keys(rows);
  const mistakes = listCommandLineMistakes(sources, names);
  const flagAndEnv = new Map(names.map((name) => [name, findOutsideFile(sources, name)]));
  const file = flagAndEnv.get("config")?.[0];
  const fileValues = file?.text
    ? readFileValues({ sources, path: file.text, origin: file.origin, rows, mistakes })
    : new Map();
  const given = new Map<string, readonly GivenValue[]>();
  for (const name of names) {
    const values = [...(flagAndEnv.get(name) ?? []), ...(fileValues.get(name) ?? [])];
    if (values.length > 0) {
      given.set(name, values);
    }
  }
  return { given, mistakes };
}

function listCommandLineMistakes(sources: SettingSources, names: readonly string[]): string[] {
  return [
    ...sources.unknownFlags.map((flag) => {
      const nearest = findNearest(flag.replace(/^-+/, ""), names);
      return `unknown flag ${flag}${nearest === undefined ? "" : `; the nearest is --${nearest}`}`;
    }),
    ...sources.strayWords.map(
      (word) => `unexpected argument ${showValue(word, false)}: settings are given as --name value`,
    ),
  ];
}

/** An empty variable counts as absent: that is how container tools pass a variable that is not set. */
function findOutsideFile(sources: SettingSources, name: string): readonly GivenValue[] {
  const values: GivenValue[] = [];
  if (sources.flags.has(name)) {
    values.push({ text: sources.flags.get(name), origin: `flag --${name}` });
  }
  const variable = envKey(name);
  if (sources.env[variable]) {
    values.push({ text: sources.env[variable], origin: `environment variable ${variable}` });
  }
  return values;
}

interface FileReading {
  readonly sources: SettingSources;
  readonly path: string;
  /** Where the path itself was given. */
  readonly origin: string;
  readonly rows: Readonly<Record<string, SourceRow>>;
  /** Grows by what is wrong with the file. */
  readonly mistakes: string[];
}

function readFileValues(reading: FileReading): ReadonlyMap<string, readonly GivenValue[]> {
  const { path, rows, mistakes } = reading;
  const values = new Map<string, readonly GivenValue[]>();
  const namesByKey = new Map(
    Object.entries(rows)
      .filter(([, row]) => row.inFile)
      .map(([name]) => [fileKey(name), name]),
  );
  for (const [key, value] of Object.entries(parseFile(reading))) {
    const name = namesByKey.get(key);
    if (name === undefined) {
      const nearest = findNearest(key, namesByKey.keys());
      const hint = nearest === undefined ? "" : `; the nearest is ${nearest}`;
      mistakes.push(`unknown key ${showValue(key, false)} in ${path}${hint}`);
    } else if (typeof value !== "string") {
      mistakes.push(
        `${name} (key ${key} in ${path}) must be one text value, not a list or mapping`,
      );
    } else {
      const text = value === "" ? undefined : value;
      values.set(name, [{ text, origin: `key ${key} in ${path}` }]);
    }
  }
  return values;
}

/** Only a file needs it, and most starts have none: its seventy modules took a tenth of a start. */
function loadYaml(): typeof import("yaml") {
  return createRequire(import.meta.url)("yaml");
}

/**
 * The mapping in the file. The failsafe schema keeps every value as it was written: an account id with a
 * leading zero stays text. Messages of the parser quote the file, which may hold secrets, so that only
 * its codes and positions are passed on.
 */
function parseFile({ sources, path, origin, mistakes }: FileReading): object {
  let text: string;
  try {
    text = sources.readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "unknown error";
    const got = `${showValue(path, false)} (${code})`;
    mistakes.push(`config (${origin}) must name a file that can be read; got ${got}`);
    return {};
  }
  const { isMap, LineCounter, parseDocument } = loadYaml();
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false, lineCounter });
  for (const error of [...document.errors, ...document.warnings]) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    mistakes.push(`${path}, line ${line}, column ${col}: not valid YAML (${error.code})`);
  }
  if (document.errors.length > 0) {
    return {};
  }
  if (!isMap(document.contents) && document.contents !== null) {
    mistakes.push(`${path} must hold a mapping: one "key: value" per line`);
    return {};
  }
  try {
    return (document.toJS() as object | null) ?? {};
  } catch {
    mistakes.push(`${path}: an alias (*name) has no anchor (&name), or there are too many of them`);
    return {};
  }
}
