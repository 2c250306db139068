/** Files of the package that this program is part of, wherever it is installed. */
import { readFileSync } from "node:fs";

/**
 * The address of a file of the package; `path` counts from its top. The build puts each of its files two folders
 * below the top, as deep as this one lies among the sources, so that the way is the same from both.
 */
export function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}

/** The version of the package, from its manifest, so that the number exists once. */
export function readPackageVersion(): string {
  const text = readFileSync(packageFile("package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
