/**
 * Draws the diagram of the layers in ARCHITECTURE.md from layers.config.cjs, the array that
 * `npm run lint:layers` checks imports against: the picture can't say anything else than the rule.
 */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";

interface Layer {
  readonly name: string;
  readonly imports: readonly string[];
}

const START = "<!-- layers: drawn by `npm run layers:draw` -->";
const END = "<!-- /layers -->";

/** ARCHITECTURE.md with the diagram drawn anew; `text` is the file as it is. */
export function drawLayers(text: string): string {
  const [head = "", rest = ""] = text.split(START);
  const [, tail = ""] = rest.split(END);
  return `${head}${START}\n${diagram(readLayers())}${END}${tail}`;
}

function readLayers(): readonly Layer[] {
  const config = createRequire(import.meta.url)("../layers.config.cjs") as {
    readonly layers: readonly Layer[];
  };
  return config.layers;
}

/** An arrow means "may import"; what a layer may import through another arrow is left out. */
function diagram(layers: readonly Layer[]): string {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const reaches = (from: string, to: string): boolean =>
    (byName.get(from)?.imports ?? []).some((next) => next === to || reaches(next, to));
  const arrows = layers.flatMap(({ name, imports }) =>
    imports
      .filter((target) => !imports.some((other) => other !== target && reaches(other, target)))
      .map((target) => `  ${name} --> ${target}`),
  );
  return ["```mermaid", "flowchart TD", ...arrows, "```", ""].join("\n");
}

if (import.meta.main) {
  const file = new URL("../ARCHITECTURE.md", import.meta.url);
  await writeFile(file, drawLayers(await readFile(file, "utf8")));
}
