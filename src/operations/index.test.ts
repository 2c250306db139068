import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operationNames } from "../protocol/operations.ts";
import { handlers } from "./index.ts";

describe("handlers", () => {
  it("are as many as the operations, each under its own name", () => {
    assert.deepEqual(Object.keys(handlers), operationNames);
    assert.equal(new Set(Object.values(handlers)).size, operationNames.length);
  });

  it("carry the name of their operation", () => {
    for (const name of operationNames) {
      assert.equal(handlers[name].name, `${name[0]?.toLowerCase()}${name.slice(1)}`);
    }
  });
});
