import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  archiveAgeInDays,
  isKnownConditionKey,
  resourceTagConditionKey,
} from "./condition-keys.ts";

describe("archiveAgeInDays", () => {
  const created = Date.parse("2025-01-31T12:00:00.500Z");
  const ages: [now: string, days: number][] = [
    ["2025-01-31T12:00:00.500Z", 0],
    ["2025-02-01T12:00:00.499Z", 0],
    ["2025-02-01T12:00:00.500Z", 1],
    ["2026-01-31T12:00:00.499Z", 364],
    ["2026-01-31T12:00:00.500Z", 365],
    ["2025-01-01T00:00:00.000Z", 0],
  ];
  for (const [now, days] of ages) {
    it(`gives ${days} whole days at ${now}`, () => {
      assert.equal(archiveAgeInDays(created, Date.parse(now)), days);
    });
  }
});

describe("isKnownConditionKey", () => {
  it("ignores letter case, as the guide writes one key in two ways", () => {
    assert.equal(isKnownConditionKey("glacier:ArchiveAgeinDays"), true);
    assert.equal(isKnownConditionKey("AWS:sourceip"), true);
  });

  for (const key of ["glacier:ResourceTag/", "glacier:ResourceTag", "s3:prefix", "aws:Referrer"]) {
    it(`does not know ${key}`, () => {
      assert.equal(isKnownConditionKey(key), false);
    });
  }
});

describe("resourceTagConditionKey", () => {
  it("gives a key in lower case that vault policies may name", () => {
    assert.equal(resourceTagConditionKey("Legal Hold"), "glacier:resourcetag/legal hold");
    assert.equal(isKnownConditionKey(resourceTagConditionKey("x")), true);
  });
});
