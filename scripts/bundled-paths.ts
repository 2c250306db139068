/** What sources say of files beside them. A bundle moves modules, so that the build has to know each such place. */

/** The module `name` beside this one, for a thread: TypeScript in a checkout, JavaScript in a build. */
export const NEIGHBOUR = /\bnew URL\(`\.\/([\w-]+)\$\{extension\}`, import\.meta\.url\)/g;
const WORKER = new RegExp(`\\bnew Worker\\(\\s*${NEIGHBOUR.source}`, "g");
/** The one module that counts from its own place to the top of the package. */
const ROOT_FINDER = "src/std/package-file-node.ts";

/**
 * The modules beside `path` that `code` starts as threads, or has threads import. Throws when it starts a thread in
 * another manner.
 */
export function findThreadModules(code: string, path: string): readonly string[] {
  const workers = code.match(WORKER)?.length ?? 0;
  const started = code.match(/\bnew Worker\(/g)?.length ?? 0;
  if (started !== workers) {
    throw new Error(
      `${path}: start threads by new Worker(new URL(\`./name\${extension}\`, import.meta.url), …),` +
        " which is how the build finds their modules",
    );
  }
  return [...code.matchAll(NEIGHBOUR)].map(([, name = ""]) => name);
}

/** Throws when `code` counts a path from its own place in another manner than for threads. */
export function requirePortablePaths(code: string, path: string): void {
  const rest = code
    .replaceAll(NEIGHBOUR, "")
    .replaceAll("createRequire(import.meta.url)", "")
    .replaceAll(/import\.meta\.url\.(slice|lastIndexOf)\b/g, "");
  const found = /import\.meta\.(url|dirname|filename|resolve)\b/.exec(rest);
  if (found !== null && path !== ROOT_FINDER) {
    throw new Error(
      `${path}: ${found[0]} differs in the published package; packageFile() of ${ROOT_FINDER} finds files in both`,
    );
  }
}
