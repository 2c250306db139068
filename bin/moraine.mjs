#!/usr/bin/env node
// Starts the command line: built code when it lies beside this file, as in the published package, else
// the sources, which the runtime takes as they are. Plain JavaScript, so that an old runtime can say why not.
import { existsSync, lstatSync, mkdirSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const REQUIRED_MAJOR = 24;
/** By then a service is ready. */
const FLUSH_AFTER_MS = 5_000;

if (Number.parseInt(process.versions.node, 10) < REQUIRED_MAJOR) {
  process.stderr.write(
    `moraine needs Node.js ${REQUIRED_MAJOR} or newer; this is ${process.version} (${process.execPath}).\n`,
  );
  process.exit(1);
}
process.title = "moraine";
// Node.js 24 calls its SQLite experimental, which is no news to whoever runs a command.
const { emitWarning } = process;
process.emitWarning = (warning, ...details) => {
  if (!/^SQLite is an experimental feature/.test(String(warning))) {
    emitWarning.call(process, warning, ...details);
  }
};
keepCompiledCode();
const isBuilt = existsSync(new URL("../dist/program/main.js", import.meta.url));
const load = (name) => import(isBuilt ? `../dist/program/${name}.js` : `../src/cli/${name}.ts`);
const [{ main }, { processTerminal }] = await Promise.all([load("main"), load("terminal")]);
const status = await main(process.argv.slice(2), processTerminal());
// A pipe that is read slowly takes output later than it was written; what is still on its way would be lost.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise((resolve) => stream.write("", resolve));
}
// Ends also what a command could not stop in time.
process.exit(status);

/**
 * Lets Node.js keep what it compiled, which halves the processor time of later starts. Code read from there runs as
 * it is, so it is kept in the user's own cache folder, and nowhere when somebody else could write there. Node.js
 * leaves it be with NODE_DISABLE_COMPILE_CACHE=1, and prefers the folder of NODE_COMPILE_CACHE.
 */
function keepCompiledCode() {
  const { enableCompileCache, flushCompileCache } = nodeModule;
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(base, "moraine", "code");
  try {
    if (!existsSync(dirname(base))) {
      // A home that is not there is not for us to make.
      return;
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (![folder, dirname(folder), base, dirname(base)].every(isOurs)) {
      return;
    }
  } catch {
    // A home that can't be written to: everything is compiled anew, as without a cache.
    return;
  }
  enableCompileCache(folder);
  // Threads look there.
  process.env.NODE_COMPILE_CACHE ??= folder;
  // A service that is killed later would leave nothing for its next start.
  setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
}

/** Whether nobody but this user and root can put anything into a folder. */
function isOurs(folder) {
  const { uid, mode } = lstatSync(folder);
  const isOwn = uid === 0 || uid === process.getuid?.();
  return isOwn && (mode & 0o022) === 0;
}
