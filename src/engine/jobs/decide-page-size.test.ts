import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decidePageSize, PAGE_MAX, PAGE_MIN } from "./decide-page-size.ts";

/** Sizes of pages one after another, when each archive takes `eachMs`. */
function sizesAt(eachMs: number, firstSize: number): number[] {
  const sizes = [firstSize];
  for (let page = 0; page < 20; page += 1) {
    const size = sizes.at(-1) ?? 0;
    sizes.push(decidePageSize(size, Math.round(size * eachMs)));
  }
  return sizes;
}

describe("the pages of an inventory", () => {
  it("come to take between two and four milliseconds, however long an archive takes", () => {
    for (const eachMs of [0.003, 0.005, 0.01, 0.02]) {
      for (const firstSize of [PAGE_MIN, 250, PAGE_MAX]) {
        const last = sizesAt(eachMs, firstSize).at(-1) ?? 0;
        assert.ok(last * eachMs >= 1.4 && last * eachMs < 4.5, `${last} archives of ${eachMs} ms`);
      }
    }
  });

  it("stay within their bounds", () => {
    assert.equal(sizesAt(0, 250).at(-1), PAGE_MAX);
    assert.equal(sizesAt(10, 250).at(-1), PAGE_MIN);
  });

  it("do not follow a clock that jumps back", () => {
    assert.equal(decidePageSize(250, -3_600_000), 250);
  });
});
