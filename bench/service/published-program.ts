/** The service as it is published: compiled, since that is what starts and runs at a user's. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, symlinkSync } from "node:fs";
import { basename, join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../..");
/** Neither part of the package nor needed to build it. */
const LEFT_OUT = new Set([".git", "node_modules", "dist", "man", "bench", "test", "docs"]);

/** Builds the package in `folder`, its native part included as at an install; the path of its program. */
export function buildPublishedProgram(folder: string): string {
  const target = join(folder, "package");
  cpSync(repository, target, {
    recursive: true,
    filter: (source) => !(LEFT_OUT.has(basename(source)) && resolve(source, "..") === repository),
  });
  symlinkSync(join(repository, "node_modules"), join(target, "node_modules"));
  const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
    cwd: target,
    stdio: "inherit",
  });
  if (status !== 0) {
    throw new Error("the package could not be built");
  }
  const native = join(target, "native", "build.mjs");
  if (existsSync(native)) {
    // Without a compiler it does nothing, as for a user without one.
    spawnSync(process.execPath, [native], { cwd: target, stdio: "inherit" });
  }
  return join(target, "bin", "moraine.mjs");
}

/** The service from its sources, which Node.js compiles while it starts. */
export const sourceProgram = join(repository, "bin", "moraine.mjs");
