import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseRequestTarget } from "./request-target.ts";

describe("parseRequestTarget", () => {
  it("keeps path and query as they stand on the wire beside their decoded form", () => {
    const target = parseRequestTarget("/-/vaults/a%20b%3Ac/tags?operation=add&marker=arn%3Aaws");
    assert.equal(target.path, "/-/vaults/a%20b%3Ac/tags");
    assert.equal(target.query, "operation=add&marker=arn%3Aaws");
    assert.deepEqual(target.segments, ["-", "vaults", "a b:c", "tags"]);
    assert.deepEqual(
      [...target.parameters],
      [
        ["operation", "add"],
        ["marker", "arn:aws"],
      ],
    );
  });

  it("reads the absolute form that clients behind a proxy setting send", () => {
    assert.equal(parseRequestTarget("http://127.0.0.1:9720/-/vaults/x").path, "/-/vaults/x");
    assert.equal(parseRequestTarget("HTTP://host?limit=1").path, "/");
    assert.equal(parseRequestTarget("http://host?limit=1").query, "limit=1");
  });

  it("keeps empty segments, which make an unknown path", () => {
    assert.deepEqual(parseRequestTarget("//vaults/x").segments, ["", "vaults", "x"]);
    assert.deepEqual(parseRequestTarget("/-/vaults/").segments, ["-", "vaults", ""]);
  });

  it("takes the first of two parameters of one name, and an empty value for one without", () => {
    const { parameters } = parseRequestTarget("/?a=1&a=2&b&c=&&");
    assert.deepEqual(
      [...parameters],
      [
        ["a", "1"],
        ["b", ""],
        ["c", ""],
      ],
    );
  });

  for (const bad of ["/%", "/a%2", "/a%zz", "/a?b=%", "/a?%=b"]) {
    it(`refuses the percent-encoding of ${bad}`, () => {
      assert.throws(() => parseRequestTarget(bad), {
        code: "BadRequest",
        message: /two hex digits/,
      });
    });
  }

  for (const bad of ["/%ff", "/%C3", "/a?b=%c0%80", "/\u00ff"]) {
    it(`refuses ${JSON.stringify(bad)}, which is not UTF-8 once decoded`, () => {
      assert.throws(() => parseRequestTarget(bad), { code: "BadRequest", message: /not UTF-8/ });
    });
  }

  it("refuses a target that is no path", () => {
    assert.throws(() => parseRequestTarget("*"), { code: "BadRequest" });
  });

  it("decodes what encodeURIComponent encodes", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" }), { minLength: 1 }), (segments) => {
        const target = parseRequestTarget(`/${segments.map(encodeURIComponent).join("/")}`);
        assert.deepEqual(target.segments, segments);
      }),
    );
  });
});
