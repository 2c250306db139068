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

module.exports = { layers };
