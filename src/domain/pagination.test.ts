import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseLimit, parseMarker, splitPage } from "./pagination.ts";

describe("parseLimit", () => {
  it("is the maximum when there is none", () => {
    assert.equal(parseLimit(undefined, 50), 50);
  });

  it("takes whole numbers up to the maximum and clamps larger ones to it", () => {
    const cases = { "1": 1, "007": 7, "49": 49, "50": 50, "51": 50, "1000": 50 };
    for (const [text, limit] of Object.entries(cases)) {
      assert.equal(parseLimit(text, 50), limit);
    }
    assert.equal(parseLimit("9".repeat(400), 50), 50);
  });

  it("refuses numbers below 1 and everything that is no whole number", () => {
    for (const text of ["0", "-1", "+1", "1.0", "", " 5", "ten", "NaN", "1e1"]) {
      assert.throws(() => parseLimit(text, 50), {
        code: "InvalidParameterValueException",
        message: `Invalid limit: ${text}. It must be a whole number of at least 1.`,
      });
    }
  });
});

describe("parseMarker", () => {
  const find = (text: string) => (text === "known" ? 7 : undefined);

  it("starts from the first item when absent or empty", () => {
    assert.equal(parseMarker(undefined, find), undefined);
    assert.equal(parseMarker("", find), undefined);
  });

  it("finds what the text names and refuses other texts", () => {
    assert.equal(parseMarker("known", find), 7);
    assert.throws(() => parseMarker("other", find), {
      code: "InvalidParameterValueException",
      message: "Invalid marker: other",
    });
  });
});

describe("splitPage", () => {
  it("leaves no next item when the store has no more than the limit", () => {
    assert.deepEqual(splitPage([1, 2], 2), { items: [1, 2], next: undefined });
    assert.deepEqual(splitPage([], 2), { items: [], next: undefined });
  });

  it("lets a walk that continues at the next item visit every item once", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat()), fc.integer({ min: 1, max: 7 }), (all, limit) => {
        const seen: number[] = [];
        let from: number | undefined = all[0];
        while (from !== undefined) {
          const start = all.indexOf(from);
          const page = splitPage(all.slice(start, start + limit + 1), limit);
          seen.push(...page.items);
          from = page.next;
        }
        assert.deepEqual(seen, all);
      }),
    );
  });
});
