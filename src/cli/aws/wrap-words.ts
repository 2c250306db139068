/** Lines of bounded width. */

/**
 * The words, which may hold spaces, in lines of `width` columns at most; only a longer word makes a longer
 * line. Lines but the first begin with `hanging`.
 */
export function wrapWords(
  words: readonly string[],
  width: number,
  hanging: string,
): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || longer.length <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = `${hanging}${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** The parts of a command line in lines that a shell takes as one, for `width` columns. */
export function wrapCommand(parts: readonly string[], width: number): readonly string[] {
  const lines = wrapWords(parts, width - " \\".length, "    ");
  return lines.map((line, index) => `${line}${index < lines.length - 1 ? " \\" : ""}`);
}
