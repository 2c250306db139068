/**
 * The service on a disk that tears, drops and reorders what was not synced. `HISTORIES=10000` runs more seeds,
 * `SEED=123` replays one.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DefectName, knownDefects } from "./known-defects.ts";
import { runHistories, sumFacts } from "./run-histories.ts";

const firstSeed = Number(process.env["SEED"] ?? 1);
const count = process.env["SEED"] === undefined ? Number(process.env["HISTORIES"] ?? 100) : 1;
/** Each defect is found by one of the first seeds; more are tried so that a new step may move them. */
const SEEDS_FOR_A_DEFECT = 600;

describe("the service under crashes, power losses and failing disks", () => {
  it(`keeps every promise in ${count} histories from seed ${firstSeed}`, async (test) => {
    const sums = sumFacts(await runHistories(firstSeed, count));
    const figures = Object.entries(sums).map(([name, value]) => `${name} ${value}`);
    test.diagnostic(figures.join(", "));
    if (count >= 100) {
      for (const [name, value] of Object.entries(sums)) {
        assert.ok(value >= 30, `the histories have too few: ${name}`);
      }
    }
  });
});

const sentences: Readonly<Record<DefectName, string>> = {
  skipFolderSync: "a folder that is not synced after a rename",
  renameBeforeSync: "a rename before the file is synced",
  metadataBeforeBytes: "metadata that is committed before the bytes it names",
  retryFailedSync: "a failed sync that is asked for again and believed",
  trustShortWrites: "a short write that is taken for a whole one",
  keepTemporaryFiles: "temporary files that no sweep removes",
};

describe("the simulation of crashes", () => {
  for (const name of Object.keys(knownDefects) as DefectName[]) {
    it(`finds ${sentences[name]}`, async (test) => {
      const failure = await runHistories(1, SEEDS_FOR_A_DEFECT, name).then(
        () => undefined,
        (error: Error) => error,
      );
      assert.match(String(failure?.message), /^seed \d+, .*replay: SEED=\d+/);
      test.diagnostic(
        `${failure?.message}: ${String(Object(failure?.cause).message).split("\n")[0]}`,
      );
    });
  }
});
