/** What sources say of files beside them. A bundle moves modules, so that the build has to know each such place. */

/** Starts a thread with the module `name` beside this one: TypeScript in a checkout, JavaScript in a build. */
const WORKER = /\bnew Worker\(\s*new URL\(`\.\/([\w-]+)\$\{extension\}`, import\.meta\.url\)/g;
/** The one module that counts from its own place to the top of the package. */
const ROOT_FINDER = "src/std/package-file-node.ts";

/** The modules beside `path` that `code` starts as threads. Throws when it starts one in another manner. */
export function findWorkers(code: string, path: string): readonly string[] {
  const names = [...code.matchAll(WORKER)].map(([, name = ""]) => name);
  const started = code.match(/\bnew Worker\(/g)?.length ?? 0;
  if (started !== names.length) {
    throw new Error(
      `${path}: start threads by new Worker(new URL(\`./name\${extension}\`, import.meta.url), …),` +
        " which is how the build finds their modules",
    );
  }
  return names;
}

/** Throws when `code` counts a path from its own place in another manner than for threads. */
export function requirePortablePaths(code: string, path: string): void {
  const rest = code
    .replaceAll(WORKER, "")
    .replaceAll("createRequire(import.meta.url)", "")
    .replaceAll(/import\.meta\.url\.(slice|lastIndexOf)\b/g, "");
  const found = /import\.meta\.(url|dirname|filename|resolve)\b/.exec(rest);
  if (found !== null && path !== ROOT_FINDER) {
    throw new Error(
      `${path}: ${found[0]} differs in the published package; packageFile() of ${ROOT_FINDER} finds files in both`,
    );
  }
}
