/**
 * The layers and what each may import (style rule: a folder is a layer). `npm run lint:layers` checks
 * every import against this array, and `npm run layers:draw` draws the diagram in ARCHITECTURE.md from it.
 * `builtins` says whether the layer may import `node:` modules.
 */
const layers = [
  { name: "std", imports: [], builtins: "only in files ending -node.ts" },
  { name: "domain", imports: ["std"], builtins: false },
  { name: "select", imports: ["std", "domain"], builtins: false },
  { name: "auth", imports: ["std", "domain"], builtins: false },
  { name: "protocol", imports: ["std", "domain"], builtins: false },
  { name: "ports", imports: ["std", "domain"], builtins: false },
  { name: "engine", imports: ["std", "domain", "select", "ports"], builtins: false },
  {
    name: "operations",
    imports: ["std", "domain", "protocol", "ports", "engine"],
    builtins: false,
  },
  {
    name: "http",
    imports: ["std", "domain", "auth", "protocol", "ports", "operations"],
    builtins: true,
  },
  { name: "adapters", imports: ["std", "domain", "select", "ports"], builtins: true },
  {
    name: "server",
    imports: [
      "std",
      "domain",
      "auth",
      "protocol",
      "ports",
      "engine",
      "operations",
      "http",
      "adapters",
    ],
    builtins: true,
  },
  { name: "client", imports: ["std", "domain", "auth", "protocol"], builtins: true },
  { name: "cli", imports: ["std", "domain", "protocol", "client"], builtins: true },
];

/**
 * Packages that the build puts into the program, so that a start finds and links a few files instead of a thousand.
 * Whoever installs Moraine doesn't install them: they are development dependencies, and the only ones that the
 * product may import. What `dependencies` of package.json lists stays a package of its own: it is loaded when a command
 * first needs it.
 */
const builtInPackages = [
  "@clack/prompts",
  "cli-progress",
  "cli-table3",
  "commander",
  "kysely",
  "picomatch",
  "pino",
  "prom-client",
  "smol-toml",
  "tar-stream",
  "zod",
];

module.exports = { layers, builtInPackages };
