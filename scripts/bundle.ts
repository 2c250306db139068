/** Joins the sources and the packages they are built with into the few files that the published package runs. */
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";
import { findThreadModules, requirePortablePaths } from "./bundled-paths.ts";

/** What `bin/moraine.mjs` loads; what threads load is found in the sources. */
const ENTRIES = { main: "src/cli/main.ts", terminal: "src/cli/terminal.ts" };
/** Two folders below the top of the package, as `src/std/package-file-node.ts` wants it, and all files in one. */
const FOLDER = "dist/program";
/** The oldest Node.js that runs the package runs all of it as it is. */
const LANGUAGE = "es2024";

/**
 * Writes the program of the package at `root` to `dist/program/`; resolves with the modules it is made of. The packages
 * among `dependencies` stay outside. Names are kept, so that stack traces can be read. Throws for everything that
 * the bundler warns of, and for paths that a bundle would break.
 */
export async function writeBundle(root: string): Promise<readonly string[]> {
  const outside = readDependencies(root);
  const bundle = await rolldown({
    cwd: root,
    input: ENTRIES,
    platform: "node",
    transform: { target: LANGUAGE },
    external: (id) => id.startsWith("node:") || outside.has(packageOf(id)),
    plugins: [keepPaths(join(root, "src") + sep)],
    onLog: (level, { message }) => {
      if (level === "warn") {
        throw new Error(message);
      }
    },
  });
  try {
    const { output } = await bundle.write({
      dir: join(root, FOLDER),
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: "[name]-[hash].js",
    });
    const chunks = output.filter((file): file is OutputChunk => file.type === "chunk");
    return chunks.flatMap(({ modules }) => Object.keys(modules));
  } finally {
    await bundle.close();
  }
}

function readDependencies(root: string): ReadonlySet<string> {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return new Set(Object.keys(dependencies));
}

/** `@aws-sdk/client-s3` of `@aws-sdk/client-s3/dist/…`. */
function packageOf(id: string): string {
  return id
    .split("/")
    .slice(0, id.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Makes an entry of each module that threads start with or import by its address, under the name it has there. */
function keepPaths(sources: string): Plugin {
  const idByName = new Map<string, string>();
  return {
    name: "keep-paths",
    transform(code, id) {
      if (!id.startsWith(sources)) {
        return;
      }
      const path = relative(dirname(sources), id);
      requirePortablePaths(code, path);
      for (const name of findThreadModules(code, path)) {
        const worker = join(dirname(id), `${name}.ts`);
        const known = idByName.get(name) ?? worker;
        if (known !== worker || name in ENTRIES) {
          throw new Error(`${path}: there is another entry named ${basename(known)}`);
        }
        if (!idByName.has(name)) {
          this.emitFile({ type: "chunk", id: worker, fileName: `${name}.js` });
          idByName.set(name, worker);
        }
      }
    },
  };
}
