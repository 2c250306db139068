import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { list, map, string, structure } from "../schema.ts";
import { decodeQuery } from "./query-parameters.ts";
import { action, type QueryService } from "./query-service.ts";
import { formatQueryResult } from "./query-xml.ts";

const members = { Names: list(string), Attributes: map(string) };
const flattened = { Names: "Name", Attributes: "Attribute", Items: "Item" };
const service: QueryService = {
  name: "sqs",
  version: "1",
  namespace: "urn:x",
  flattened,
  actions: { Get: action("*", members, { ...members, Items: list(structure(members)) }) },
};

describe("flattened lists and maps of the query protocol", () => {
  it("are read in the order of their numbers", () => {
    const parameters = new Map([
      ["Name.10", "c"],
      ["Name.2", "b"],
      ["Name.1", "a"],
      ["Attribute.1.Name", "k"],
      ["Attribute.1.Value", "v"],
      ["Attribute.2.Name", "empty"],
    ]);
    assert.deepEqual(decodeQuery(members, parameters, flattened), {
      Names: ["a", "b", "c"],
      Attributes: new Map([
        ["k", "v"],
        ["empty", ""],
      ]),
    });
    const absent = { Names: undefined, Attributes: undefined };
    assert.deepEqual(decodeQuery(members, new Map(), flattened), absent);
  });

  it("are written without an element around them, at any depth", () => {
    const inner = { Names: ["<"], Attributes: new Map([["k", "v"]]) };
    const output = { Names: [], Attributes: null, Items: [inner] };
    assert.match(
      formatQueryResult(service, "Get", output, "r"),
      /<GetResult><Item><Name>&lt;<\/Name><Attribute><Name>k<\/Name><Value>v<\/Value><\/Attribute><\/Item><\/GetResult>/,
    );
  });
});
