import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatNameMarker, parseNameMarker } from "./name-marker.ts";

describe("parseNameMarker", () => {
  it("reads what formatNameMarker wrote", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        assert.equal(parseNameMarker(formatNameMarker(name)), name);
      }),
    );
  });

  it("is the beginning without a marker", () => {
    assert.equal(parseNameMarker(undefined), undefined);
  });

  it("refuses text that is no marker", () => {
    for (const marker of [
      "",
      "bob",
      "%%%",
      "bmFtZQ",
      Buffer.from([255, 254]).toString("base64url"),
    ]) {
      assert.throws(() => parseNameMarker(marker), { code: "ValidationError", status: 400 });
    }
  });
});
