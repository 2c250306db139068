/** TO_STRING: timestamps by a pattern of letters (contract §4.7, TO_STRING patterns). */
import { SelectRunError } from "./errors.ts";
import { type LocalFields, localFieldsOf, type SqlTimestamp, two } from "./sql-timestamp.ts";

/** Writes timestamps by one pattern. */
export type TimestampFormat = (timestamp: SqlTimestamp) => string;

type Piece = (fields: LocalFields, timestamp: SqlTimestamp) => string;

const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** Every run of letters that is not a fraction. */
const letterPieces: Readonly<Record<string, Piece>> = {
  yy: ({ year }) => two(year % 100),
  y: ({ year }) => String(year),
  yyyy: ({ year }) => String(year).padStart(4, "0"),
  M: ({ month }) => String(month),
  MM: ({ month }) => two(month),
  MMM: (fields) => nameOfMonth(fields).slice(0, 3),
  MMMM: nameOfMonth,
  MMMMM: (fields) => nameOfMonth(fields).slice(0, 1),
  d: ({ day }) => String(day),
  dd: ({ day }) => two(day),
  a: ({ hour }) => (hour < 12 ? "AM" : "PM"),
  h: ({ hour }) => String(hour % 12 || 12),
  hh: ({ hour }) => two(hour % 12 || 12),
  H: ({ hour }) => String(hour),
  HH: ({ hour }) => two(hour),
  m: ({ minute }) => String(minute),
  mm: ({ minute }) => two(minute),
  s: ({ second }) => String(second),
  ss: ({ second }) => two(second),
  n: (_fields, { fraction }) => String(Number(fraction.slice(0, 9).padEnd(9, "0"))),
  X: zulu("", true),
  XX: zulu("", false),
  ["X".repeat(3)]: zulu(":", false),
  XXXX: zulu("", false),
  XXXXX: zulu(":", false),
  x: offset("", true),
  xx: offset("", false),
  xxx: offset(":", false),
  xxxx: offset("", false),
  xxxxx: offset(":", false),
};

const pieceForm = /'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+/y;

/**
 * The writer of `pattern`. Letters stand for fields, text in single quotes and everything that is no
 * letter for itself, two single quotes for one. Throws `EvaluatorInvalidTimestampFormatPattern` naming
 * the part of the pattern that means nothing.
 */
export function compileTimestampFormat(pattern: string): TimestampFormat {
  const pieces: Piece[] = [];
  for (let index = 0; index < pattern.length; ) {
    pieceForm.lastIndex = index;
    const text = pieceForm.exec(pattern)?.[0];
    if (text === undefined) {
      throw invalid(pattern.slice(index), "a quoted text must end with a single quote");
    }
    pieces.push(pieceOf(text));
    index += text.length;
  }
  return (timestamp) => {
    const fields = localFieldsOf(timestamp);
    let result = "";
    for (const piece of pieces) {
      result += piece(fields, timestamp);
    }
    return result;
  };
}

function pieceOf(text: string): Piece {
  if (text.startsWith("'")) {
    const content = text === "''" ? "'" : text.slice(1, -1).replaceAll("''", "'");
    return () => content;
  }
  if (!/^[A-Za-z]/.test(text)) {
    return () => text;
  }
  if (text.startsWith("S")) {
    const { length } = text;
    return (_fields, { fraction }) => fraction.slice(0, length).padEnd(length, "0");
  }
  const piece = Object.hasOwn(letterPieces, text) ? letterPieces[text] : undefined;
  if (piece === undefined) {
    throw invalid(text, "letters that stand for themselves are put in single quotes");
  }
  return piece;
}

function invalid(text: string, rule: string): SelectRunError {
  const shown = text.length <= 40 ? text : `${text.slice(0, 37)}...`;
  return new SelectRunError(
    "EvaluatorInvalidTimestampFormatPattern",
    `the TO_STRING pattern has ${shown}, which stands for no field; ${rule}`,
  );
}

function nameOfMonth({ month }: LocalFields): string {
  return monthNames[month - 1] ?? "";
}

/** `+07`, `+0700` or `+07:00`; with `brief`, minutes only when there are any. */
function offset(separator: string, brief: boolean): Piece {
  return (_fields, { offsetMinutes = 0 }) => {
    const distance = Math.abs(offsetMinutes);
    const minutes = distance % 60;
    const hours = `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(distance / 60))}`;
    return brief && minutes === 0 ? hours : `${hours}${separator}${two(minutes)}`;
  };
}

/** Like `offset`, but `Z` for no offset. */
function zulu(separator: string, brief: boolean): Piece {
  const other = offset(separator, brief);
  return (fields, timestamp) =>
    (timestamp.offsetMinutes ?? 0) === 0 ? "Z" : other(fields, timestamp);
}
