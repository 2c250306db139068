import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatJson, type JsonValue, parseJson } from "./json.ts";

describe("parseJson", () => {
  it("keeps integers beyond 2^53 exact", () => {
    assert.deepEqual(parseJson('{"a":9007199254740993,"b":[-9007199254740993]}'), {
      a: 9007199254740993n,
      b: [-9007199254740993n],
    });
    assert.equal(parseJson("9223372036854775807"), 9223372036854775807n);
    assert.equal(parseJson("9007199254740991"), 9007199254740991);
  });

  it("leaves fractions and exponents what they are", () => {
    assert.equal(parseJson("0.5"), 0.5);
    assert.equal(parseJson("1e300"), 1e300);
    assert.equal(parseJson('"9007199254740993"'), "9007199254740993");
  });

  it("takes 256 levels and refuses one more, however many brackets stand in strings", () => {
    const nest = (depth: number) =>
      `${'[{"a":'.repeat(depth / 2)}"${'[\\"'.repeat(500)}"${"}]".repeat(depth / 2)}`;
    assert.equal(typeof parseJson(nest(256)), "object");
    const message = "JSON is nested more than 256 levels deep";
    assert.throws(() => parseJson(nest(258)), { name: "SyntaxError", message });
    assert.throws(() => parseJson("[".repeat(5_000_000)), { name: "SyntaxError", message });
  });

  it("leaves integers of more than 40 digits inexact", () => {
    assert.equal(parseJson("9".repeat(40)), BigInt("9".repeat(40)));
    assert.equal(parseJson("9".repeat(41)), 1e41);
  });

  it("refuses what is not JSON", () => {
    for (const text of [
      "",
      " ",
      "{",
      "{'a':1}",
      '{"a":1,}',
      "[1,]",
      "NaN",
      "01",
      "1 2",
      "undefined",
    ]) {
      assert.throws(() => parseJson(text), SyntaxError, text);
    }
  });

  it("takes members called like parts of every object as members", () => {
    const parsed = parseJson('{"__proto__":{"x":1},"constructor":2}') as object;
    assert.deepEqual(Object.keys(parsed), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(parsed), Object.prototype);
  });
});

describe("formatJson", () => {
  it("is compact, prints every digit and leaves out what is undefined", () => {
    const value = { a: 9223372036854775807n, b: undefined, c: [null, "é"] };
    assert.equal(formatJson(value), '{"a":9223372036854775807,"c":[null,"é"]}');
  });

  it("is read back as the value it was made of", () => {
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.string(),
        fc.maxSafeInteger(),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(fc.string({ minLength: 1 }), tie("value"), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(
      fc.property(value, (json) => {
        const text = formatJson(json);
        assert.deepEqual(parseJson(text), normalize(json));
        assert.equal(formatJson(parseJson(text)), text);
      }),
    );
  });

  /** JSON has one zero. */
  function normalize(json: JsonValue): JsonValue {
    return JSON.parse(formatJson(json), (_key, member, context?: { source?: string }) =>
      typeof member === "number" && !Number.isSafeInteger(member)
        ? BigInt(context?.source ?? "0")
        : member,
    );
  }
});
