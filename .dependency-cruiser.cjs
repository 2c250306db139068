const { builtInPackages, layers } = require("./layers.config.cjs");

const names = layers.map((layer) => layer.name);
const inLayer = (list) => `^src/(${list.join("|")})/`;

const operationVerbs = [
  ...["abort", "add", "complete", "confirm", "create", "delete", "describe", "get", "initiate"],
  ...["list", "purchase", "put", "receive", "remove", "set", "update", "upload"],
];

/** One rule a layer: whatever it may not import is forbidden. */
const layerRules = layers.map(({ name, imports }) => ({
  name: `${name}-imports-only-${imports.join("-") || "nothing"}`,
  severity: "error",
  // A unit test beside its source may reach for the adapters and ports it needs to build a fixture.
  from: {
    path: `^src/${name}/`,
    // Only the command that starts the service may load the server, and the verbs that read the data folder
    // of a stopped one, which takes the same code as serving it.
    pathNot: ["[.]test[.]ts$", "^src/cli/(high-level/serve|stopped-folder)[.]ts$"],
  },
  to: { path: inLayer(names.filter((other) => other !== name && !imports.includes(other))) },
}));

const builtinRules = layers
  .filter((layer) => layer.builtins !== true)
  .map(({ name }) => ({
    name: `${name}-has-no-node-builtins`,
    severity: "error",
    from: { path: `^src/${name}/`, pathNot: ["-node[.]ts$", "[.]test[.]ts$"] },
    to: { dependencyTypes: ["core"] },
  }));

/** A pure layer must not pull effects in through a `-node.ts` file of std. */
const pureRules = ["domain", "select", "auth", "protocol", "ports"].map((name) => ({
  name: `${name}-is-pure`,
  severity: "error",
  from: { path: `^src/${name}/`, pathNot: "[.]test[.]ts$" },
  to: { path: "-node[.]ts$" },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...builtinRules,
    ...pureRules,
    {
      name: "adapters-never-import-each-other",
      severity: "error",
      from: { path: "^src/adapters/([^/]+)/" },
      to: { path: "^src/adapters/([^/]+)/", pathNot: "^src/adapters/$1/" },
    },
    {
      name: "an-operation-never-imports-another",
      severity: "error",
      from: { path: "^src/operations/[^/]+/[^/]+[.]ts$", pathNot: "[.]test[.]ts$" },
      // Operations are named by their verb; what two of one folder share has a noun for a name.
      to: { path: operationVerbs.map((verb) => `^src/operations/[^/]+/${verb}-`) },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-development-dependencies-in-the-product",
      severity: "error",
      from: { path: "^src", pathNot: "[.]test[.]ts$" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        pathNot: `^node_modules/(@types/)?(${builtInPackages.join("|")})/`,
      },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
