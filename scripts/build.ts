/** Builds what the published package runs: JavaScript in `dist/` from the sources, and manual pages in `man/`. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
rmSync(join(root, "dist"), { recursive: true, force: true });
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const steps = [[compiler, "-p", "tsconfig.build.json"], ["scripts/write-man-pages.ts"]];
for (const words of steps) {
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
}
