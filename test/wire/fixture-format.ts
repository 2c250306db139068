/** Reads the files of this folder; README.md describes their form. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const fixtureFolder = import.meta.dirname;

/** One message as written, placeholders kept; one code unit per byte. */
export interface FixtureMessage {
  /** Request line or status line. */
  readonly start: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** One request with the answer it must get. */
export interface FixtureExchange {
  /** What is brought about first, a command per line (see `givens.ts`). */
  readonly givens: readonly string[];
  /** Whether the runner leaves the request as it is instead of signing it. */
  readonly unsigned: boolean;
  readonly request: FixtureMessage;
  readonly answer: FixtureMessage;
}

export interface Fixture {
  /** `create-vault/success`. */
  readonly name: string;
  readonly path: string;
  /** The first line: where in the contract the case comes from. */
  readonly source: string;
  /** Settings of the server that the case needs. */
  readonly settings: Readonly<Record<string, string>>;
  readonly exchanges: readonly FixtureExchange[];
}

/** Every fixture, sorted by name. */
export function listFixtures(): readonly Fixture[] {
  const names = readdirSync(fixtureFolder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".http"))
    .sort();
  return names.map((name) => {
    const path = join(fixtureFolder, name);
    return parseFixture(name.slice(0, -".http".length), path, readFileSync(path, "latin1"));
  });
}

/** Takes a file's text apart; throws with the file's name when it has another form. */
export function parseFixture(name: string, path: string, text: string): Fixture {
  const [source = ""] = text.split("\n");
  // In UTF-8 read byte by byte the section sign is C2 A7.
  if (!/^# contract .*\u00a7/.test(source)) {
    throw new Error(`${path}: the first line must be "# contract §…", the section of the case`);
  }
  const settings: Record<string, string> = {};
  const exchanges = text.split(/^===\n/m).map((section) => parseExchange(path, section, settings));
  return { name, path, source: source.slice(2), settings, exchanges };
}

function parseExchange(
  path: string,
  section: string,
  settings: Record<string, string>,
): FixtureExchange {
  const [before = "", after, ...more] = section.split(/^---\n/m);
  if (after === undefined || more.length > 0) {
    throw new Error(`${path}: an exchange is a request, a line "---" and an answer`);
  }
  const comments = /^(?:#.*\n)*/.exec(before)?.[0] ?? "";
  const directives = comments.split("\n").map((line) => line.slice(1).trim());
  for (const directive of listOf(directives, "server:")) {
    for (const setting of directive.split(" ")) {
      const equals = setting.indexOf("=");
      settings[setting.slice(0, equals)] = setting.slice(equals + 1);
    }
  }
  return {
    givens: listOf(directives, "given:"),
    unsigned: directives.includes("unsigned"),
    request: parseMessage(path, before.slice(comments.length)),
    answer: parseMessage(path, after),
  };
}

function listOf(directives: readonly string[], word: string): string[] {
  return directives.flatMap((line) => (line.startsWith(word) ? [line.slice(word.length + 1)] : []));
}

function parseMessage(path: string, text: string): FixtureMessage {
  const blank = text.indexOf("\n\n");
  if (blank < 0) {
    throw new Error(`${path}: a blank line must follow the headers of each message`);
  }
  const [start = "", ...lines] = text.slice(0, blank).split("\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  // The newline at the end belongs to the file, not to the body.
  return { start, headers, body: text.slice(blank + 2).replace(/\n$/, "") };
}
