/** Small changes of text and bytes. */
import type { Random } from "../simulation/random.ts";

/** Pieces that parsers stumble over; one code unit per byte. */
const PIECES = [
  ...[
    "\0",
    "\r\n",
    "\n",
    "\r\n\r\n",
    " ",
    "\t",
    "%",
    "%00",
    "\\",
    '"',
    "'",
    "/",
    "..",
    ";",
    ",",
    ":",
    "=",
  ],
  ...[
    "\u00ff",
    "\u00c3\u00a9",
    "\u00ed\u00a0\u0080",
    "\u00ef\u00bb\u00bf",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "&",
  ],
  ...[
    "*",
    "?",
    "${",
    "-",
    "0",
    "9".repeat(25),
    "__proto__",
    "x".repeat(300),
    "AAAA",
    "]]>",
    "<!DOCTYPE",
  ],
] as const;

/** `text` with one to three changes: pieces inserted, dropped, repeated, bits flipped. */
export function mutateText(text: string, random: Random): string {
  return mutateBytes(Buffer.from(text, "latin1"), random).toString("latin1");
}

/** `bytes` with one to three changes. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let mutated = bytes;
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    mutated = changeOnce(mutated, random);
  }
  return mutated;
}

function changeOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(random.chance(0.2) ? 2000 : 12));
  const before = bytes.subarray(0, at);
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([before, pieceOf(random), bytes.subarray(at)]);
    case 1:
      return Buffer.concat([before, bytes.subarray(end)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([before, pieceOf(random), bytes.subarray(end)]);
    case 4:
      return Buffer.from(before);
    default:
      return flipBit(bytes, random);
  }
}

function pieceOf(random: Random): Buffer {
  return Buffer.from(random.pick(PIECES) ?? "", "latin1");
}

function flipBit(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  const at = random.below(bytes.length);
  if (bytes.length > 0) {
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
  }
  return flipped;
}
