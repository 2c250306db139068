import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTier } from "./retrieval-tier.ts";

describe("parseTier", () => {
  it("is Standard when absent and otherwise the tier named", () => {
    assert.equal(parseTier(undefined), "Standard");
    for (const tier of ["Expedited", "Standard", "Bulk"]) {
      assert.equal(parseTier(tier), tier);
    }
  });

  it("refuses other texts, also in another case", () => {
    for (const text of ["", "standard", "BULK", "Slow"]) {
      assert.throws(() => parseTier(text), {
        code: "InvalidParameterValueException",
        message: `Invalid Tier: ${text}. It must be one of Expedited, Standard, Bulk.`,
      });
    }
  });
});
