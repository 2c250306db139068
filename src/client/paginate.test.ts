import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operationNames } from "../protocol/operations.ts";
import type { GlacierClient } from "./client.ts";
import { isPaginated, itemsMember, listPages } from "./paginate.ts";

/** A `call` that answers each call with the next of `markers` and notes the inputs. */
function scriptedCall(markers: readonly (string | undefined)[]) {
  const inputs: object[] = [];
  const call = async (_name: string, input: object) => {
    const Marker = markers[inputs.length];
    inputs.push(input);
    return { output: Marker === undefined ? {} : { Marker }, status: 200, headers: {} };
  };
  return { inputs, call: call as unknown as GlacierClient["call"] };
}

describe("isPaginated", () => {
  it("finds the four list operations in the table, and what each lists", () => {
    const paginated = operationNames.filter(isPaginated);
    assert.deepEqual(
      paginated.map((name) => [name, itemsMember(name)]),
      [
        ["ListVaults", "VaultList"],
        ["ListParts", "Parts"],
        ["ListMultipartUploads", "UploadsList"],
        ["ListJobs", "JobList"],
      ],
    );
  });
});

describe("listPages", () => {
  it("follows the markers to the last page", async () => {
    const { call, inputs } = scriptedCall(["m1", "m2", undefined]);
    const pages = await Array.fromAsync(listPages(call, "ListJobs", { vaultName: "v" }));
    assert.equal(pages.length, 3);
    assert.deepEqual(inputs, [
      { vaultName: "v" },
      { vaultName: "v", marker: "m1" },
      { vaultName: "v", marker: "m2" },
    ]);
  });

  it("begins at a marker and sends the page size each time", async () => {
    const { call, inputs } = scriptedCall(["m2", undefined]);
    const options = { pageSize: 3, startingMarker: "m1" };
    await Array.fromAsync(listPages(call, "ListVaults", {}, options));
    assert.deepEqual(inputs, [
      { limit: "3", marker: "m1" },
      { limit: "3", marker: "m2" },
    ]);
  });

  it("asks for no page that nobody wants", async () => {
    const { call, inputs } = scriptedCall(["m1", "m2"]);
    for await (const _page of listPages(call, "ListVaults", {})) {
      break;
    }
    assert.equal(inputs.length, 1);
  });

  it("ends with an error when a marker leads to itself", async () => {
    const { call } = scriptedCall(["m1", "m1", "m1"]);
    await assert.rejects(
      Array.fromAsync(listPages(call, "ListVaults", {})),
      /The same next token was received twice: m1/,
    );
  });
});
