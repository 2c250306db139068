import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BlobId } from "../../domain/ids.ts";
import type { Problem } from "./finding.ts";
import { createProblemCollector, PROBLEMS_MAX } from "./problem-collector.ts";

function problem(start: number, endExclusive: number, kind: Problem["kind"] = "missing"): Problem {
  return { kind, range: { start, endExclusive }, blobId: `${start}` as BlobId };
}

describe("a problem collector", () => {
  it("joins what goes on where the last one ended, and only that", () => {
    const found = createProblemCollector();
    found.add(problem(0, 10));
    found.add(problem(10, 20));
    found.add(problem(20, 30, "rotten"));
    found.add(problem(31, 40, "rotten"));
    assert.deepEqual(found.list(), {
      problems: [problem(0, 20), problem(20, 30, "rotten"), problem(31, 40, "rotten")],
      omitted: 0,
    });
  });

  it("counts what it does not keep", () => {
    const found = createProblemCollector();
    for (let index = 0; index < PROBLEMS_MAX + 3; index += 1) {
      found.add(problem(index * 10, index * 10 + 5));
    }
    const list = found.list();
    assert.deepEqual([list?.problems.length, list?.omitted], [PROBLEMS_MAX, 3]);
  });

  it("has nothing to tell when nothing was added", () => {
    assert.equal(createProblemCollector().list(), undefined);
  });
});
