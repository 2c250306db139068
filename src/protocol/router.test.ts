import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ServiceError } from "../domain/errors.ts";
import { operationNames, operations } from "./operations.ts";
import { findRoute, type Route } from "./router.ts";

const none = new Map<string, string>();

/** A path of the row with these parameter values, and the query it asks for. */
function example(path: string, value: (name: string) => string) {
  const [plain = "", operation] = path.split("?operation=");
  const segments = plain
    .split("/")
    .slice(1)
    .map((part) => (part.startsWith("{") ? value(part.slice(1, -1)) : part));
  return { segments, query: operation === undefined ? none : new Map([["operation", operation]]) };
}

function routed(method: string, segments: readonly string[], query = none): Route {
  const route = findRoute(method, segments, query);
  assert.ok(!(route instanceof ServiceError), String(route));
  return route;
}

describe("findRoute", () => {
  for (const name of operationNames) {
    it(`finds ${name} by its own row, whatever its parameters hold`, () => {
      fc.assert(
        fc.property(fc.string({ minLength: 1 }), (value) => {
          const { segments, query } = example(operations[name].path, (key) => `${key}-${value}`);
          const route = routed(operations[name].method, segments, query);
          assert.equal(route.operation, name);
          for (const [key, found] of Object.entries(route.parameters)) {
            assert.equal(found, `${key}-${value}`);
          }
        }),
        { numRuns: 20 },
      );
    });
  }

  it("has 33 operations whose method, path and query differ", () => {
    const keys = operationNames.map(
      (name) => `${operations[name].method} ${operations[name].path}`,
    );
    const shapes = keys.map((key) => key.replaceAll(/\{\w+\}/g, "{}"));
    assert.equal(operationNames.length, 33);
    assert.equal(new Set(shapes).size, 33);
  });

  const unknown: [method: string, path: string][] = [
    ["HEAD", "-/vaults/v"],
    ["PATCH", "-/vaults/v"],
    ["GET", ""],
    ["GET", "-"],
    ["GET", "vaults/v"],
    ["GET", "/vaults"],
    ["GET", "-/vaults/"],
    ["GET", "-/vaults/v/"],
    ["GET", "-/vaults/v/archives"],
    ["PUT", "-/vaults/v/notification-policy"],
    ["PUT", "-/vaults/v/lock-policy"],
    ["GET", "-/priority-capacity"],
    ["POST", "-/vaults/v/jobs/j/output"],
  ];
  for (const [method, path] of unknown) {
    it(`answers BadRequest to ${method} /${path}`, () => {
      const refusal = findRoute(method, path.split("/"), none);
      assert.ok(refusal instanceof ServiceError);
      assert.equal(refusal.code, "BadRequest");
    });
  }

  it("asks which tag operation is meant", () => {
    const segments = ["-", "vaults", "v", "tags"];
    const refusals = [none, new Map([["operation", "clear"]])].map((query) =>
      findRoute("POST", segments, query),
    );
    assert.deepEqual(
      refusals.map((refusal) => (refusal as ServiceError).code),
      ["MissingParameterValueException", "InvalidParameterValueException"],
    );
  });
});
