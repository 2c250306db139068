/** What `JSON.parse` does not tell about JSON text: how deep it nests, and names that occur twice. */

/** How deep `text` nests lists and objects, read up to `maxDepth` + 1; any text will do. */
export function measureDepth(text: string, maxDepth: number): number {
  let depth = 0;
  let deepest = 0;
  for (const token of scanTokens(text)) {
    if (token === "{" || token === "[") {
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (deepest > maxDepth) {
        return deepest;
      }
    } else if (token === "}" || token === "]") {
      depth -= 1;
    }
  }
  return deepest;
}

/**
 * A member name that occurs twice in one object of the JSON `text`; `undefined` when there is none. Of two
 * such members `JSON.parse` drops the first, and with it a condition that somebody relies on.
 */
export function findRepeatedName(text: string): string | undefined {
  const open: Set<string>[] = [];
  let lastString = "";
  for (const token of scanTokens(text)) {
    if (token === "{" || token === "[") {
      open.push(new Set());
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ":") {
      const name: string = JSON.parse(lastString);
      if (open.at(-1)?.has(name)) {
        return name;
      }
      open.at(-1)?.add(name);
    } else {
      lastString = token;
    }
  }
  return undefined;
}

/** Brackets, braces, colons, and strings with their quotes. */
function* scanTokens(text: string): Generator<string> {
  let position = 0;
  while (position < text.length) {
    const character = text[position] ?? "";
    const end = character === '"' ? findStringEnd(text, position) : position + 1;
    if ('"{}[]:'.includes(character)) {
      yield text.slice(position, end);
    }
    position = end;
  }
}

/** The index after the closing quote, or the end of the text. */
function findStringEnd(text: string, start: number): number {
  let position = start + 1;
  while (position < text.length && text[position] !== '"') {
    position += text[position] === "\\" ? 2 : 1;
  }
  return Math.min(position + 1, text.length);
}
