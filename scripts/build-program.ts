/** Builds what the published package runs into `dist/`. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeBundle } from "./bundle.ts";
import { formatLicences } from "./third-party-licences.ts";

/** Builds the package at `root`: the program, and the licences of the packages in it. */
export async function buildProgram(root: string): Promise<void> {
  const folder = join(root, "dist");
  rmSync(folder, { recursive: true, force: true });
  const moduleIds = await writeBundle(root);
  writeFileSync(join(folder, "third-party-licences.txt"), formatLicences(root, moduleIds));
}
