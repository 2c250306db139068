#!/usr/bin/env node
// Starts the command line: built code when it lies beside this file, as in the published package, else
// the sources, which the runtime takes as they are. Plain JavaScript, so that an old runtime can say why not.
import { existsSync } from "node:fs";

const REQUIRED_MAJOR = 24;

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
const isBuilt = existsSync(new URL("../dist/cli/main.js", import.meta.url));
const load = (name) => import(isBuilt ? `../dist/cli/${name}.js` : `../src/cli/${name}.ts`);
const [{ main }, { processTerminal }] = await Promise.all([load("main"), load("terminal")]);
const status = await main(process.argv.slice(2), processTerminal());
// A pipe that is read slowly takes output later than it was written; what is still on its way would be lost.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise((resolve) => stream.write("", resolve));
}
// Ends also what a command could not stop in time.
process.exit(status);
