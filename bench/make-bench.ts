/** What all workloads share, made once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchFlags } from "./flags.ts";
import { makeBodyFile } from "./load/body-file.ts";
import { prepareLoadGenerator } from "./load/load-generator.ts";
import { buildPublishedProgram, sourceProgram } from "./service/published-program.ts";
import { seedVaults } from "./service/seed-vaults.ts";
import { startServerUnderTest } from "./service/server-under-test.ts";
import type { Bench } from "./workloads/workload.ts";

export interface PreparedBench extends Bench {
  /** Holds the data folders; removed at the end. */
  readonly dataFolder: string;
  /** How long seeding took, by what was seeded. */
  readonly seedSeconds: Readonly<Record<string, number>>;
}

/** Builds the service and the load generator in temporary folders, which go when the process does. */
export async function makeBench(flags: BenchFlags): Promise<PreparedBench> {
  const startedAtMs = performance.now();
  const folder = makeFolder(tmpdir(), "moraine-bench-");
  const dataFolder = makeFolder(flags.dataDirParent ?? tmpdir(), "moraine-bench-data-");
  const program = flags.source ? sourceProgram : await buildPublishedProgram(folder);
  // Compiled code that starts leave for later ones stays with the program that it belongs to.
  const env = { XDG_CACHE_HOME: join(folder, "cache") };
  const seedSeconds: Record<string, number> = {};
  const seeded = new Map<string, string>();
  let folders = 0;
  const newDataDir = () => join(dataFolder, String(++folders));
  const say = (text: string) => {
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    process.stderr.write(`${String(seconds).padStart(4)} s  ${text}\n`);
  };
  const startService: Bench["startService"] = async ({ dataDir, ...options } = {}) => {
    const used = dataDir ?? newDataDir();
    const service = await startServerUnderTest({ program, dataDir: used, env, ...options });
    const stop = async () => {
      await service.stop();
      if (dataDir === undefined) {
        rmSync(used, { recursive: true });
      }
    };
    return { ...service, stop };
  };
  const seed: Bench["seed"] = async (vaults) => {
    const name = vaults.map(({ archives }) => archives).join(" and ") || "nothing";
    const dataDir = seeded.get(name) ?? newDataDir();
    if (!seeded.has(name)) {
      await (await startService({ dataDir })).stop();
      const seedStartedAtMs = performance.now();
      seedVaults(join(dataDir, "metadata.db"), vaults);
      seeded.set(name, dataDir);
      if (vaults.length > 0) {
        seedSeconds[name] = Math.round((performance.now() - seedStartedAtMs) / 100) / 10;
        say(`    seeded ${name} archives in ${seedSeconds[name]} s`);
      }
    }
    return dataDir;
  };
  return {
    folder,
    dataFolder,
    seedSeconds,
    load: prepareLoadGenerator(folder, flags.load),
    bodies: makeBodyFile(join(folder, "body")),
    scale: flags.scale,
    rounds: flags.rounds,
    startService,
    seed,
    say,
  };
}

function makeFolder(parent: string, prefix: string): string {
  const folder = mkdtempSync(join(parent, prefix));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
