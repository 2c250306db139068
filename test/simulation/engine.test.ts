/**
 * The whole engine under crashes. `ROUNDS=5000` runs more seeds, `SEED=123` replays one. The fixed scenario dies
 * right after every sixth effect; `POINT_STRIDE=2` dies after each, and `POINT_STRIDE=1` also right before each,
 * where a transaction may be half done.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Life, type LifeFacts, runLives } from "./lives.ts";

const rounds = Number(process.env["ROUNDS"] ?? 30);
const firstSeed = Number(process.env["SEED"] ?? 1);
const seedCount = process.env["SEED"] === undefined ? rounds : 1;
/** Every second point is the one right after an effect. */
const stride = Number(process.env["POINT_STRIDE"] ?? 12);

function sumCounts(lives: readonly LifeFacts[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const [name, count] of lives.flatMap((life) => [...life.counted])) {
    totals.set(name, (totals.get(name) ?? 0) + count);
  }
  return totals;
}

describe("the engine under random crashes", () => {
  it(`keeps every promise for ${seedCount} seeds from ${firstSeed}`, async (test) => {
    const lives = Array.from({ length: seedCount }, (_, index): Life => {
      return { kind: "Seed", seed: firstSeed + index };
    });
    const facts = await runLives(lives);
    const totals = sumCounts(facts);
    const boots = facts.reduce((sum, life) => sum + life.boots, 0);
    const counts = [...totals].map(([name, count]) => `${name} ${count}`).join(", ");
    test.diagnostic(`${boots} boots; ${counts}`);
    if (seedCount >= 30) {
      for (const name of ["job Succeeded", "job Failed", "rotten-archive", "sweep-leftovers"]) {
        assert.ok((totals.get(name) ?? 0) > 0, `the simulation never reached: ${name}`);
      }
    }
  });
});

describe("the engine with a crash between any two effects", () => {
  it("ends a fixed scenario as if nothing had happened", async (test) => {
    const [undisturbed] = await runLives([{ kind: "Point", point: undefined }]);
    const effects = undisturbed!.effectCount;
    const lives: Life[] = [];
    for (let point = 3; point <= 2 * effects + 1; point += stride) {
      lives.push({ kind: "Point", point });
    }
    const crashes = (await runLives(lives)).flatMap((life) => life.crashedAt ?? []);
    test.diagnostic(`${crashes.length} crashes at ${new Set(crashes).size} kinds of places`);
    assert.ok(crashes.length * stride >= 1.8 * effects, "most points are reached");
  });
});
