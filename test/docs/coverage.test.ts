/** Every operation of the table has its cases; what is missing is listed by name. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operationNames } from "../../src/protocol/operations.ts";
import { coverageKinds, kebabCase, listHoles, listStrayFolders } from "./coverage.ts";

describe("the coverage map", () => {
  it("has no holes", () => {
    const holes = listHoles();
    assert.ok(holes.length === 0, `\n${holes.join("\n")}\n`);
  });

  it("reports an operation that lacks a required kind", () => {
    const required = coverageKinds.map((kind) => ({
      ...kind,
      has: () => false,
      excuse: () => undefined,
    }));
    assert.equal(listHoles(required).length, operationNames.length * coverageKinds.length);
    assert.ok(
      listHoles(required).includes(
        "CreateVault has no wire success case: test/wire/create-vault/success*.http",
      ),
    );
  });

  it("excuses no kind that an operation has already", () => {
    const stale = operationNames.flatMap((operation) =>
      coverageKinds
        .filter((kind) => kind.has(operation) && kind.excuse(operation) !== undefined)
        .map((kind) => `${operation}: ${kind.name}`),
    );
    assert.deepEqual(stale, []);
  });

  it("knows the operation of every folder of fixtures", () => {
    assert.deepEqual(listStrayFolders(), []);
  });

  it("names folders after operations", () => {
    assert.equal(kebabCase("UploadMultipartPart"), "upload-multipart-part");
  });
});
