/** The licences of the packages that the program is built with; each asks to go along with its code. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Licences that ask for nothing else. */
const PERMISSIVE = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"]);
/** What the bundler adds of its own has no file. */
const RUNTIME = /^\0?rolldown\/runtime/;
const HEAD =
  "Moraine is built with the packages below, each under the licence that follows its name.\n";

/**
 * A page with name, version and licence of each package that one of the modules is from; `root` holds `node_modules`.
 * Throws for a package whose licence is not a known permissive one, or that has no text of it.
 */
export function formatLicences(root: string, moduleIds: readonly string[]): string {
  const folders = new Set(moduleIds.flatMap((id) => findPackageFolder(root, id) ?? []));
  return [HEAD, ...[...folders].sort().map(formatLicence)].join(`\n${"-".repeat(80)}\n\n`);
}

/** The folder of the package with the module; `undefined` for one of ours. */
function findPackageFolder(root: string, id: string): string | undefined {
  if (RUNTIME.test(id)) {
    return join(root, "node_modules", "rolldown");
  }
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0];
}

function formatLicence(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (!PERMISSIVE.has(license)) {
    throw new Error(
      `${name} ${version} has the licence ${license}, which is not known as permissive`,
    );
  }
  const names = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file));
  if (names.length === 0) {
    throw new Error(`${name} ${version} has no text of its licence`);
  }
  const texts = names.sort().map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
}
