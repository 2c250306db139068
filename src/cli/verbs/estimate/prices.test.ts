import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { GIB } from "../../../domain/limits.ts";
import { RETRIEVAL_TIERS } from "../../../domain/retrieval-tier.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { computeCost, parsePrices } from "./prices.ts";

const TEXT = `
currency = "EUR"
transfer_per_gib = 0.5
[Bulk]
per_gib = 0.25
per_1000_requests = 2
`;

describe("prices", () => {
  it("of the file that the guide ships are all 0, because nobody but the user knows them", async () => {
    const path = new URL("../../../../docs/guide/prices.toml", import.meta.url);
    const prices = parsePrices(await readFile(path, "utf8"), "prices.toml");
    for (const tier of RETRIEVAL_TIERS) {
      const cost = computeCost(prices, { tier, bytes: 1000 * GIB, requests: 1_000_000 });
      assert.deepEqual(cost, { amount: 0, currency: "USD" });
    }
  });

  it("are of retrieved bytes, of requests and of transfer", () => {
    const prices = parsePrices(TEXT, "p.toml");
    const asked = { bytes: 10 * GIB, requests: 500 };
    assert.deepEqual(computeCost(prices, { tier: "Bulk", ...asked }), {
      amount: 10 * (0.25 + 0.5) + 1,
      currency: "EUR",
    });
    assert.equal(computeCost(prices, { tier: "Standard", ...asked }), undefined);
    assert.equal(computeCost(undefined, { tier: "Bulk", ...asked }), undefined);
  });

  it("are refused with the name of every mistake", () => {
    assert.throws(
      () => parsePrices("[Bulk]\nper_gib = -1\nper_gb = 2", "p.toml"),
      (error) =>
        error instanceof VerbFailure &&
        /p\.toml has mistakes:/.test(error.message) &&
        /Bulk\.per_gib: must be 0 or more/.test(error.message) &&
        /per_gb/.test(error.message),
    );
    assert.throws(() => parsePrices("x = ", "p.toml"), /p\.toml can't be read: line 1/);
  });
});
