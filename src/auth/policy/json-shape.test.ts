import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findRepeatedName, measureDepth } from "./json-shape.ts";

describe("measureDepth", () => {
  const cases: [text: string, depth: number][] = [
    ["", 0],
    ["1", 0],
    ["{}", 1],
    ['{"a":[{}],"b":[]}', 3],
    ['"[[[["', 0],
    ['"\\"[["', 0],
    ['"\\\\"[[', 2],
    ["]]][", 0],
    ["[[[[[[[[[[", 5],
  ];
  for (const [text, depth] of cases) {
    it(`gives ${depth} for ${text}`, () => {
      assert.equal(measureDepth(text, 4), depth);
    });
  }
});

describe("findRepeatedName", () => {
  const cases: [text: string, name: string | undefined][] = [
    ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}', undefined],
    ['{"a":"a","b":["a","a"]}', undefined],
    ['{"a":1,"a":2}', "a"],
    ['[{"b":{"x":{},"y":[],"x":0}}]', "x"],
    ['{"a\\"":1, "\\u0061\\"" :2}', 'a"'],
    ['{"__proto__":1,"constructor":2}', undefined],
  ];
  for (const [text, name] of cases) {
    it(`finds ${name} in ${text}`, () => {
      assert.equal(findRepeatedName(text), name);
    });
  }

  it("finds nothing in what JSON.stringify writes, and every name written twice", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, name) => {
        assert.equal(findRepeatedName(JSON.stringify(value)), undefined);
        const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
        assert.equal(findRepeatedName(`{${member},${member}}`), name);
      }),
    );
  });
});
