/** Rules of tidiness as functions from the files of the repository to complaints, a line each. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { NEIGHBOUR } from "../../scripts/bundled-paths.ts";

export const repository = resolve(import.meta.dirname, "../..");

/** One text file; `path` is relative to the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const CODE_MAX_COLUMNS = 100;
const COMMENT_MAX_COLUMNS = 120;

/** Files that others are derived from or that tools write; nobody lays them out. */
const generated = /(?:^|\/)package-lock\.json$|^bench\/results\/|^test\/acceptance\/.*\.json$/;

/** Every text file that is tracked or would be, were it added. */
export function listFiles(): readonly SourceFile[] {
  const names = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    { cwd: repository, encoding: "utf8" },
  );
  return [...new Set(names.split("\0"))]
    .filter((path) => path !== "" && !generated.test(path))
    .filter(
      (path) => existsSync(join(repository, path)) && statSync(join(repository, path)).isFile(),
    )
    .map((path) => ({ path, text: readFileSync(join(repository, path), "utf8") }))
    .filter(({ text }) => !text.includes("\0"));
}

/** Files that are tracked although they are to be ignored: what a build made, as a rule. */
export function listTrackedIgnored(): readonly string[] {
  const names = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--ignored", "--exclude-standard"],
    {
      cwd: repository,
      encoding: "utf8",
    },
  );
  return names.split("\0").filter((path) => path !== "");
}

/** Whether the file holds program text. */
export function isCode({ path }: SourceFile): boolean {
  return /\.(?:ts|tsx|mjs|cjs)$/.test(path);
}

/**
 * Modules that nothing leads to: no program, script, benchmark or test imports them, directly or through
 * others. What threads load counts as imported where the build finds it, or where `new URL("./x.ts", import.meta.url)`
 * names it.
 */
export function findDeadFiles(files: readonly SourceFile[]): string[] {
  const code = new Map(files.filter(isCode).map((file) => [file.path, file]));
  const isEntry = (path: string) =>
    /\.test\.ts$|\.config\.cjs$|^\.[^/]*\.cjs$|^(?:bin|native|scripts)\//.test(path) ||
    /^bench\/(?:main|[^/]*\.bench)\.ts$/.test(path);
  const reached = new Set<string>();
  const open = [...code.keys()].filter(isEntry);
  while (open.length > 0) {
    const path = open.pop() ?? "";
    const file = code.get(path);
    if (file !== undefined && !reached.has(path)) {
      reached.add(path);
      open.push(...listImports(file));
    }
  }
  // Declarations of foreign modules are found by the compiler, not imported.
  return [...code.keys()]
    .filter((path) => !reached.has(path) && !path.endsWith(".d.ts"))
    .map((path) => `${path}: nothing imports it`);
}

/** Repository paths that a module names relative to itself; those of a compiled module as their source. */
function listImports({ path, text }: SourceFile): string[] {
  const named = /(?:from|import|import\(|new URL\(|require\()\s*["'](\.{1,2}\/[^"']+)["']/g;
  // Programs started as processes of their own are named by a path below the repository or beside the file.
  const spoken = /["'`](?:\.\/)?([\w./-]+\.(?:ts|mjs|js))["'`]/g;
  const beside = (name: string) => normalize(join(dirname(path), name));
  return [
    ...[...text.matchAll(named)].map((match) => beside(match[1] ?? "")),
    ...[...text.matchAll(NEIGHBOUR)].map(([, name]) => beside(`${name}.ts`)),
    ...[...text.matchAll(spoken)].flatMap(([, name = ""]) => [name, beside(name)]),
  ].map((found) => found.replace(/^dist\/(.*)\.m?js$/, "src/$1.ts"));
}

/** Tests that run alone, and tests that are skipped without a word why. */
export function findFocusedTests(files: readonly SourceFile[]): string[] {
  const focused = /\b(?:describe|it|test|t)\.only\(|\bonly:\s*true/;
  const silentSkip = /\b(?:describe|it|test|t)\.(?:skip|todo)\(\s*\)|\b(?:skip|todo):\s*true/;
  const skippedTest = /\b(?:describe|it)\.(?:skip|todo)\(/;
  return files
    .filter(({ path }) => path.endsWith(".test.ts"))
    .flatMap((file) =>
      eachLine(file, (line) => {
        const code = withoutLiterals(line);
        if (focused.test(code)) {
          return "a test runs alone (only)";
        }
        return silentSkip.test(code) || skippedTest.test(code)
          ? "a test is skipped without its reason as text (skip: reason)"
          : undefined;
      }),
    );
}

/** Lines that are too long for what no formatter can break: texts and patterns do not count. */
export function findLongLines(files: readonly SourceFile[]): string[] {
  const isComment = (line: string) => /^\s*(?:\/\/|\*|\/\*)/.test(line);
  return files.filter(isCode).flatMap(({ path, text }) => {
    const comments = eachLine({ path, text }, (line) =>
      isComment(line) && line.length > COMMENT_MAX_COLUMNS
        ? `a comment of ${line.length} columns`
        : undefined,
    );
    const lines = text.split("\n").map((line) => (isComment(line) ? "" : line));
    // Templates go over several lines; what they hold is text.
    const code = lines
      .join("\n")
      .replaceAll(/`(?:[^`\\]|\\.)*`/gs, (template) => template.replaceAll(/[^\n]/g, ""));
    const codes = eachLine({ path, text: code }, (line) => {
      const columns = withoutLiterals(line).length;
      return columns > CODE_MAX_COLUMNS ? `code of ${columns} columns` : undefined;
    });
    return [...comments, ...codes];
  });
}

/** Reminders that name no issue by its number. */
export function findOpenReminders(files: readonly SourceFile[]): string[] {
  const words = ["TO" + "DO", "FIX" + "ME", "X" + "XX"];
  const reminder = new RegExp(`\\b(?:${words.join("|")})\\b(?!\\s*\\(#\\d+\\))`);
  return files.flatMap((file) =>
    eachLine(file, (line) =>
      reminder.test(line) ? "a reminder without an issue number, as in (#12)" : undefined,
    ),
  );
}

/** Markdown whose headings do not form a tree: one first level, no level left out. */
export function findBadHeadings(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.endsWith(".md"))
    .flatMap(({ path, text }) => {
      const levels = listHeadingLevels(text);
      const complaints: string[] = [];
      const firsts = levels.filter((level) => level === 1).length;
      if (firsts !== 1 || levels[0] !== 1) {
        complaints.push(`${path}: it must begin with its only heading of level 1, has ${firsts}`);
      }
      for (const [index, level] of levels.entries()) {
        if (level > (levels[index - 1] ?? level) + 1) {
          complaints.push(`${path}: heading ${index + 1} skips a level`);
        }
      }
      return complaints;
    });
}

function listHeadingLevels(text: string): number[] {
  const outsideCode = text.replaceAll(/^(```|~~~).*?^\1/gms, "");
  return [...outsideCode.matchAll(/^(#{1,6})(?=\s)/gm)].map((match) => (match[1] ?? "").length);
}

/** Test names that a file uses twice within one suite. */
export function findRepeatedTestNames(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.endsWith(".test.ts"))
    .flatMap(({ path, text }) => {
      const seen = new Set<string>();
      const complaints: string[] = [];
      const named = /^\s*(describe|it|test)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/gm;
      for (const [, kind, name = ""] of text.matchAll(named)) {
        if (seen.has(name)) {
          complaints.push(`${path}: ${kind} ${name} stands there twice`);
        }
        seen.add(name);
      }
      return complaints;
    });
}

/** A module of at most so many lines says by its name and its one export what it is for. */
const TINY_MAX_LINES = 40;

/** Modules that do not say what they are for: neither at their top nor on anything they export. */
export function findUnexplainedModules(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => /^src\/.*\.ts$/.test(path) && !path.endsWith(".test.ts"))
    .filter(({ text }) => {
      const explained = text.startsWith("/**") || /\*\/\nexport /.test(text);
      return !explained && text.split("\n").length > TINY_MAX_LINES;
    })
    .map(({ path }) => `${path}: no comment says what it is for`);
}

/** Output that passes by the logger. */
export function findConsoleCalls(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => /^src\/.*\.ts$/.test(path))
    .flatMap((file) =>
      eachLine(file, (line) =>
        /\bconsole\.(?:log|info|warn|error|debug)\(/.test(withoutLiterals(line))
          ? "console output; use the logger, or process.stdout for a command's result"
          : undefined,
      ),
    );
}

/** Paths that exist on the machine of one developer. */
export function findMachinePaths(files: readonly SourceFile[]): string[] {
  const here = repository.length > 4 ? [RegExp.escape(`${repository}/`)] : [];
  const homes = ["/home/[a-z]\\w*/", "/Users/\\w+/", "[A-Z]:\\\\\\\\?Users\\\\"];
  const pattern = new RegExp([...here, ...homes].join("|"));
  return files
    .filter(({ path }) => !path.startsWith("test/tidy/"))
    .flatMap((file) =>
      eachLine(file, (line) => (pattern.test(line) ? "a path of one machine" : undefined)),
    );
}

function eachLine(file: SourceFile, check: (line: string) => string | undefined): string[] {
  return file.text.split("\n").flatMap((line, index) => {
    const complaint = check(line);
    return complaint === undefined ? [] : [`${file.path}:${index + 1}: ${complaint}`];
  });
}

/** `line` with the contents of strings, templates and regular expressions taken out. */
function withoutLiterals(line: string): string {
  return line
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/'(?:[^'\\]|\\.)*'/g, "''")
    .replaceAll(/`(?:[^`\\]|\\.)*`/g, "``")
    .replaceAll(/(?<![\w)/*] ?)\/(?![/*])(?:[^/\\]|\\.)+\/[a-z]*/g, "//");
}
