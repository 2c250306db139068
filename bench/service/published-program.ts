/** The service as it is published: built, since that is what starts and runs at a user's. */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { buildPackage } from "../../test/support/built-package.ts";

const repository = resolve(import.meta.dirname, "../..");

/** Builds the package in `folder`, its native part included as at an install; the path of its program. */
export async function buildPublishedProgram(folder: string): Promise<string> {
  const target = join(folder, "package");
  await buildPackage(target);
  // Without a compiler it does nothing, as for a user without one.
  spawnSync(process.execPath, [join(target, "native", "build.mjs")], { stdio: "inherit" });
  return join(target, "bin", "moraine.mjs");
}

/** The service from its sources, which Node.js compiles while it starts. */
export const sourceProgram = join(repository, "bin", "moraine.mjs");
