import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findNearest } from "./nearest.ts";

describe("findNearest", () => {
  const names = ["listen", "console-listen", "tier-delays", "data-dir"];

  it("finds a word with one slip", () => {
    assert.equal(findNearest("tier-delay", names), "tier-delays");
    assert.equal(findNearest("lisetn", names), "listen");
  });

  it("looks past case and separators", () => {
    assert.equal(findNearest("tierDelays", names), "tier-delays");
    assert.equal(findNearest("DATA_DIR", names), "data-dir");
  });

  it("completes the beginning of a word", () => {
    assert.equal(findNearest("console", names), "console-listen");
  });

  it("offers nothing when no word is close", () => {
    assert.equal(findNearest("replication-factor", names), undefined);
    assert.equal(findNearest("", names), undefined);
  });

  it("prefers the closer of two words", () => {
    assert.equal(findNearest("cat", ["cart", "cat"]), "cat");
  });
});
