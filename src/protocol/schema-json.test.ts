import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ServiceError } from "../domain/errors.ts";
import { AssertionError } from "../std/assert.ts";
import {
  boolean,
  integer,
  list,
  map,
  omittable,
  type Schema,
  string,
  stringOrNumber,
  structure,
  timestamp,
} from "./schema.ts";
import { decodeJson, encodeJson } from "./schema-json.ts";

const person = structure({ Name: string, Age: integer, Tags: map(string), Children: list(string) });

function isRefusal(code: string, message: string) {
  return (error: unknown) => {
    assert.ok(error instanceof ServiceError);
    assert.equal(error.code, code);
    assert.equal(error.message, message);
    return true;
  };
}

describe("decodeJson", () => {
  it("reads absent and null members alike", () => {
    assert.deepEqual(decodeJson(person, { Name: null }, ""), {
      Name: undefined,
      Age: undefined,
      Tags: undefined,
      Children: undefined,
    });
    assert.equal(decodeJson(person, null, ""), undefined);
    assert.equal(decodeJson(omittable(string), undefined, "x"), undefined);
  });

  it("reads each kind", () => {
    const json = { Name: "a", Age: 2n ** 60n, Tags: { k: "v" }, Children: ["b", "c"] };
    assert.deepEqual(decodeJson(person, json, ""), {
      Name: "a",
      Age: 2n ** 60n,
      Tags: new Map([["k", "v"]]),
      Children: ["b", "c"],
    });
    assert.equal(decodeJson(boolean, false, "x"), false);
    assert.equal(decodeJson(timestamp, "1970-01-01T00:00:01Z", "x"), 1000);
    assert.equal(decodeJson(stringOrNumber, 7, "x"), "7");
    assert.equal(decodeJson(stringOrNumber, 2n ** 60n, "x"), "1152921504606846976");
  });

  it("ignores unknown members and takes none from the prototype", () => {
    const shape = structure({ toString: string, Name: string });
    assert.deepEqual(decodeJson(shape, { Name: "a", Other: 1 }, ""), {
      toString: undefined,
      Name: "a",
    });
  });

  it("names the member of a wrong type, and what it was", () => {
    const rows: [Schema, Parameters<typeof decodeJson>[1], string][] = [
      [person, [], "The request body must be a JSON object; got a list"],
      [person, { Name: 1 }, "Name must be a string; got a number"],
      [person, { Age: "1" }, "Age must be an integer; got a string"],
      [person, { Age: 1.5 }, "Age must be an integer; got a number"],
      [person, { Tags: [] }, "Tags must be a JSON object; got a list"],
      [person, { Tags: { k: true } }, "Tags.k must be a string; got a boolean"],
      [person, { Tags: { k: null } }, "Tags.k must not be null"],
      [person, { Children: {} }, "Children must be a list; got an object"],
      [person, { Children: ["a", 1n] }, "Children[1] must be a string; got a number"],
      [person, { Children: [null] }, "Children[0] must not be null"],
      [structure({ In: person }), { In: { Name: [] } }, "In.Name must be a string; got a list"],
    ];
    for (const [schema, json, message] of rows) {
      const refusal = isRefusal("SerializationException", message);
      assert.throws(() => decodeJson(schema, json, ""), refusal);
    }
  });

  it("refuses a date that is none as a bad value", () => {
    assert.throws(
      () => decodeJson(structure({ At: timestamp }), { At: "today" }, ""),
      isRefusal(
        "InvalidParameterValueException",
        "At must be an ISO 8601 date with seconds and zone; got today",
      ),
    );
  });
});

describe("encodeJson", () => {
  it("writes members in the order of the shape, null for no value", () => {
    const value = { Children: [], Tags: new Map([["k", "v"]]), Age: 2n ** 60n, Name: null };
    const json = encodeJson(person, value);
    assert.deepEqual(Object.entries(json as object), [
      ["Name", null],
      ["Age", 2n ** 60n],
      ["Tags", { k: "v" }],
      ["Children", []],
    ]);
  });

  it("writes dates with three fraction digits", () => {
    assert.equal(encodeJson(timestamp, 0), "1970-01-01T00:00:00.000Z");
  });

  it("leaves out an omittable member without a value", () => {
    const shape = structure({ A: omittable(string), B: omittable(string) });
    assert.deepEqual(encodeJson(shape, { A: undefined, B: null }), { A: undefined, B: null });
  });

  it("takes a member that was not stated for a defect", () => {
    assert.throws(() => encodeJson(person, { Name: "a" }), AssertionError);
  });

  it("is read back as the value it was made of", () => {
    const value = fc.record(
      {
        Name: fc.string(),
        Age: fc.maxSafeInteger(),
        Tags: fc
          .array(fc.tuple(fc.stringMatching(/^[a-z]+$/), fc.string()))
          .map((it) => new Map(it)),
        Children: fc.array(fc.string()),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(value, (original) => {
        assert.deepEqual(decodeJson(person, encodeJson(person, original), ""), original);
      }),
    );
  });
});
