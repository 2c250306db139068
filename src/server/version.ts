/** The version of the package. */
import { readFile } from "node:fs/promises";

/** From the package, so that the number exists once. The path is the same in `src/` and in `dist/`. */
export async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
