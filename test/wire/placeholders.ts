/** What `{{…}}` stands for in fixtures: known values, computed ones, and values that an answer brings. */
import { generateBytes, sha256Hex, treeHashHex } from "../support/test-bytes.ts";

/** Values by placeholder; grows by what answers bring. */
export type Bindings = Map<string, string>;

/** Forms of the values that the service chooses (contract §1.4, §1.7, §1.8). */
const KINDS: Readonly<Record<string, string>> = {
  archiveId: "(?!-)[A-Za-z0-9_-]{138}",
  jobId: "(?!-)[A-Za-z0-9_-]{92}",
  uploadId: "(?!-)[A-Za-z0-9_-]{92}",
  lockId: "(?!-)[A-Za-z0-9_-]{24}",
  capacityId: "(?!-)[A-Za-z0-9_-]{24}",
  requestId: "[A-Za-z0-9_-]{47}",
  marker: "[A-Za-z0-9_-]+",
  number: "\\d+",
  date: "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT",
  instant: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z",
  second: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ",
};

/** Kinds of which every occurrence may have another value. */
const ANONYMOUS = new Set(["requestId", "date", "instant", "second"]);

const placeholder = /\{\{(.+?)\}\}/g;

/** `template` with every placeholder replaced; `body` is what `length body` and the like speak of. */
export function fillIn(template: string, bindings: Bindings, body = ""): string {
  return template.replaceAll(placeholder, (whole, expression: string) => {
    const value = findValue(expression, bindings, body);
    if (value === undefined) {
      throw new Error(`${whole} has no value yet`);
    }
    return value;
  });
}

/**
 * Whether `text` is what `template` describes. Placeholders without a value take the one they meet when
 * it has their kind's form, and keep it in `bindings`.
 */
export function matches(template: string, text: string, bindings: Bindings, body: string): boolean {
  const pieces = template.split(placeholder);
  const values = pieces.map((piece, index) =>
    index % 2 === 0 ? piece : findValue(piece, bindings, body),
  );
  if (!values.includes(undefined)) {
    // A pattern of a megabyte of output would take seconds to build.
    return values.join("") === text;
  }
  const names: string[] = [];
  const pattern = pieces.map((piece, index) => {
    const value = values[index];
    if (value !== undefined) {
      return RegExp.escape(value);
    }
    names.push(nameOf(piece));
    return `(${kindPattern(piece)})`;
  });
  const match = new RegExp(`^${pattern.join("")}$`, "s").exec(text);
  for (const [index, name] of names.entries()) {
    const value = match?.[index + 1];
    if (value !== undefined && !ANONYMOUS.has(name)) {
      bindings.set(name, value);
    }
  }
  return match !== null;
}

/** `text` with what varies replaced by placeholders, as a fixture would say it. */
export function generalize(text: string, bindings: Bindings): string {
  const known = [...bindings].sort(([, left], [, right]) => right.length - left.length);
  const named = known.reduce(
    (result, [name, value]) =>
      value.length < 6 ? result : result.replaceAll(value, `{{${name}}}`),
    text,
  );
  return ["date", "instant", "second"].reduce(
    (result, kind) => result.replaceAll(new RegExp(KINDS[kind] ?? "", "g"), `{{${kind}}}`),
    named,
  );
}

function nameOf(expression: string): string {
  return expression.split(":")[0] ?? "";
}

function kindPattern(expression: string): string {
  const [name = "", kind = name.replace(/\d+$/, "")] = expression.split(":");
  const pattern = KINDS[kind];
  if (pattern === undefined) {
    throw new Error(`{{${expression}}} is of no known kind: ${Object.keys(KINDS).join(", ")}`);
  }
  return pattern;
}

function findValue(expression: string, bindings: Bindings, body: string): string | undefined {
  const [word = "", ...rest] = expression.split(" ");
  const subject = rest.join(" ");
  switch (word) {
    case "length":
      return String(bytesOf(subject, body).length);
    case "sha256":
      return sha256Hex(bytesOf(subject, body));
    case "treeHash":
      return treeHashHex(bytesOf(subject, body));
    case "repeat":
      return (rest[0] ?? "").repeat(Number(rest[1]));
    default:
      return word.startsWith("G[")
        ? bytesOf(expression, body).toString("latin1")
        : bindings.get(nameOf(expression));
  }
}

/** `body`, or `G[start,end]`: bytes of the generator of contract §3.5. */
export function bytesOf(subject: string, body: string): Buffer {
  if (subject === "body") {
    return Buffer.from(body, "latin1");
  }
  const range = /^G\[(\d+),(\d+)\]$/.exec(subject);
  if (range === null) {
    throw new Error(`${subject} must be "body" or "G[start,end]"`);
  }
  return generateBytes(Number(range[1]), Number(range[2]));
}
