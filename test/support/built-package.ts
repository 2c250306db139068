/** The package in the form it is published in, built beside the repository: there, the sources would no longer run. */
import { cp, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildProgram } from "../../scripts/build-program.ts";

const repository = resolve(import.meta.dirname, "../..");
/** What the build reads, and what the program reads when it runs. */
const NAMES = ["bin", "native", "package.json", "src"];

/** Builds the package at `top`, which is not there yet; the native part is the repository's, when it has one. */
export async function buildPackage(top: string): Promise<void> {
  for (const name of NAMES) {
    await cp(join(repository, name), join(top, name), { recursive: true });
  }
  await symlink(join(repository, "node_modules"), join(top, "node_modules"));
  await buildProgram(top);
}
