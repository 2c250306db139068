/** String functions over plain strings; a character is a Unicode code point (guide: String Functions). */

const surrogate = /[\ud800-\udfff]/;

/** How many characters `text` has. */
export function countCharacters(text: string): number {
  if (!surrogate.test(text)) {
    return text.length;
  }
  let count = 0;
  for (const _character of text) {
    count += 1;
  }
  return count;
}

/**
 * The characters of `text` from `start` (1-based) on, at most `length` of them. A start below 1 is taken
 * as 1 without shortening the length (contract §4.7). `length` is not negative.
 */
export function substring(
  text: string,
  { start, length }: { readonly start: number; readonly length: number },
): string {
  const from = Math.max(start, 1) - 1;
  return surrogate.test(text)
    ? Array.from(text)
        .slice(from, from + length)
        .join("")
    : text.slice(from, from + length);
}

export type TrimSide = "leading" | "trailing" | "both";

/** `text` without the characters of the set `removed` at its ends. */
export function trim(
  text: string,
  { side, removed }: { readonly side: TrimSide; readonly removed: string },
): string {
  if (removed === " ") {
    return trimSpaces(text, side);
  }
  const set = new Set(removed);
  const characters = Array.from(text);
  let start = 0;
  let end = characters.length;
  if (side !== "trailing") {
    while (start < end && set.has(characters[start] ?? "")) {
      start += 1;
    }
  }
  if (side !== "leading") {
    while (end > start && set.has(characters[end - 1] ?? "")) {
      end -= 1;
    }
  }
  return characters.slice(start, end).join("");
}

function trimSpaces(text: string, side: TrimSide): string {
  let start = 0;
  let end = text.length;
  if (side !== "trailing") {
    while (start < end && text.charCodeAt(start) === 0x20) {
      start += 1;
    }
  }
  if (side !== "leading") {
    while (end > start && text.charCodeAt(end - 1) === 0x20) {
      end -= 1;
    }
  }
  return text.slice(start, end);
}
