/** Changes of JSON text, most of them still JSON: wrong types, strange numbers, names twice, deep nesting. */
import type { Random } from "../simulation/random.ts";
import { mutateText } from "./mutate-text.ts";

/** JSON text to stand where a value stood. */
const VALUES = [
  ...[
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1e400",
    "1E-400",
    "9007199254740993",
    "0.1",
    '""',
    "[]",
    "{}",
    "[[]]",
  ],
  ...[
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\u00e9\ud83d\ude00"',
    '"*"',
    '"\u0024{aws:username}"',
    '"-"',
  ],
  ...[
    '"__proto__"',
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{}}}',
    '{"a":1,"a":2}',
    "[null]",
  ],
  ...[
    '"arn:aws:glacier:us-east-1:111122223333:vaults/*"',
    '"2026-13-45T99:99:99Z"',
    '"0-1048575"',
    '"1-0"',
  ],
];

/** A megabyte is the most that one mutation makes. */
const LARGE: readonly ((random: Random) => string)[] = [
  (random) => "[".repeat(1 + random.below(50_000)),
  (random) => {
    const depth = 1 + random.below(20_000);
    return "[".repeat(depth) + "]".repeat(depth);
  },
  (random) => {
    const depth = 1 + random.below(20_000);
    return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  },
  (random) => "9".repeat(1 + random.below(100_000)),
  (random) => JSON.stringify("*".repeat(random.below(50_000))),
  (random) =>
    JSON.stringify(Array.from({ length: random.below(5_000) }, (_, index) => `k${index}`)),
];

/** `text` with one change. */
export function mutateJson(text: string, random: Random): string {
  if (random.chance(0.15)) {
    return mutateText(text, random);
  }
  const replacement = random.chance(0.05)
    ? (random.pick(LARGE)?.(random) ?? "")
    : (random.pick(VALUES) ?? "");
  const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g)];
  const place = random.pick(places);
  if (place === undefined || random.chance(0.05)) {
    return replacement;
  }
  const { index, 0: old } = place;
  const isName = /^\s*:/.test(text.slice(index + old.length));
  const inserted = isName
    ? changedName(old, replacement, random)
    : changedValue(old, replacement, random);
  return text.slice(0, index) + inserted + text.slice(index + old.length);
}

function changedName(old: string, replacement: string, random: Random): string {
  switch (random.below(4)) {
    case 0:
      return `${old}:${replacement},${old}`;
    case 1:
      return old.toLowerCase();
    case 2:
      return '"__proto__"';
    default:
      return `"unknown":${replacement},${old}`;
  }
}

/** Text within text, as policies are, is changed from inside as well. */
function changedValue(old: string, replacement: string, random: Random): string {
  const inner = /^"[{[]/.test(old.replaceAll("\\", "")) ? findText(old) : undefined;
  if (inner !== undefined && random.chance(0.9)) {
    return JSON.stringify(mutateJson(inner, random));
  }
  return random.chance(0.3) ? JSON.stringify(mutateText(old, random)) : replacement;
}

function findText(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
