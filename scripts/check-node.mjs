// Run before `npm start` and `npm test`: says which runtime they need instead of failing on syntax. Plain
// JavaScript that old runtimes take.
const REQUIRED_MAJOR = 26;

if (Number.parseInt(process.versions.node, 10) < REQUIRED_MAJOR) {
  process.stderr.write(
    [
      `This project runs on Node.js ${REQUIRED_MAJOR} or newer; this is ${process.version} (${process.execPath}).`,
      `"npm ci" in this folder installs the right one into node_modules, and "npm start" and "npm test" use it.`,
      `After "npm ci --ignore-scripts" it is missing: run "npm rebuild node".`,
      "",
    ].join("\n"),
  );
  process.exit(1);
}
