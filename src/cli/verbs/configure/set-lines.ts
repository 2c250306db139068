/** Changing settings in a file of sections, `[heading]` and `key = value`, line by line. Pure. */

/**
 * `text` with `values` set below `heading`: a line that sets such a key is replaced, others are added at the
 * end of the section, and the section at the end of the file when there is none. All other lines stay.
 */
export function setLines(
  text: string,
  heading: string,
  values: ReadonlyMap<string, string>,
): string {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const start = lines.findIndex((line) => line.trim() === heading);
  if (start === -1) {
    const gap = lines.length === 0 || lines.at(-1) === "" ? [] : [""];
    return `${[...lines, ...gap, heading, ...formatAll(values)].join("\n")}\n`;
  }
  const end = findEnd(lines, start + 1);
  const section = lines.slice(start + 1, end);
  const missing = new Map(values);
  const changed = section.map((line) => {
    const key = /^\s*([^\s=#;]+)\s*=/.exec(line)?.[1];
    const value = key === undefined ? undefined : values.get(key);
    if (key === undefined || value === undefined) {
      return line;
    }
    missing.delete(key);
    return `${key} = ${value}`;
  });
  const lastFilled = changed.findLastIndex((line) => line.trim() !== "") + 1;
  changed.splice(lastFilled, 0, ...formatAll(missing));
  return `${[...lines.slice(0, start + 1), ...changed, ...lines.slice(end)].join("\n")}\n`;
}

function findEnd(lines: readonly string[], from: number): number {
  const next = lines.findIndex((line, index) => index >= from && /^\s*\[/.test(line));
  return next === -1 ? lines.length : next;
}

function formatAll(values: ReadonlyMap<string, string>): readonly string[] {
  return [...values].map(([key, value]) => `${key} = ${value}`);
}
