import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createIdentitySource } from "./identity-source.ts";

describe("createIdentitySource", () => {
  const source = createIdentitySource();

  it("makes ids and secrets in the forms that the strictest clients take", () => {
    for (let round = 0; round < 200; round += 1) {
      assert.match(source.accountId(), /^[1-9]\d{11}$/);
      assert.match(source.userId(), /^AIDA[A-Z2-7]{17}$/);
      assert.match(source.accessKeyId(), /^MORA[A-Z2-7]{16}$/);
      assert.match(source.secretAccessKey(), /^[A-Za-z0-9+/]{40}$/);
    }
  });

  it("makes nothing twice", () => {
    for (const make of [source.accessKeyId, source.secretAccessKey, source.userId]) {
      assert.equal(new Set(Array.from({ length: 500 }, make)).size, 500);
    }
  });
});
