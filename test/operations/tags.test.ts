import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type OperationWorld, openOperationWorld, refusal } from "../support/operation-world.ts";

let world: OperationWorld;
beforeEach(async () => {
  world = await openOperationWorld();
});
afterEach(() => world.close());

function add(tags: Record<string, string>) {
  return world.perform.AddTagsToVault({ Tags: new Map(Object.entries(tags)) });
}

async function list(): Promise<[string, string | null][]> {
  return [...((await world.perform.ListTagsForVault()).Tags ?? [])];
}

function numbered(count: number, from = 0): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, "v"]));
}

describe("AddTagsToVault", () => {
  it("adds tags, replaces values of known keys and leaves the others", async () => {
    assert.deepEqual(await add({ b: "1", a: "2" }), {});
    await add({ A: "", b: "3" });
    assert.deepEqual(await list(), [
      ["b", "3"],
      ["a", "2"],
      ["A", ""],
    ]);
  });

  it("takes 50 tags in one call and refuses the 51st of a vault, applying nothing", async () => {
    await add(numbered(50));
    await assert.rejects(add({ k0: "changed", k50: "v" }), refusal("LimitExceededException"));
    assert.deepEqual(Object.fromEntries(await list()), numbered(50));
    await add({ k0: "changed" });
    assert.equal((await list())[0]?.[1], "changed");
  });

  it("keeps all of the tags that two calls add at once", async () => {
    await Promise.all([add({ a: "1" }), add({ b: "2" })]);
    assert.equal((await list()).length, 2);
  });

  it("refuses an absent member as missing, an empty or bad one as invalid, and stores nothing", async () => {
    await assert.rejects(
      world.perform.AddTagsToVault({}),
      refusal("MissingParameterValueException", "Required parameter missing: Tags"),
    );
    for (const tags of [{}, { "aws:x": "v" }, { "": "v" }, { good: "v", "b*d": "v" }]) {
      await assert.rejects(
        add(tags as Record<string, string>),
        refusal("InvalidParameterValueException"),
      );
    }
    assert.deepEqual(await list(), []);
  });
});

describe("ListTagsForVault", () => {
  it("shows an empty map, never null, for a vault without tags", async () => {
    assert.deepEqual(await world.perform.ListTagsForVault(), { Tags: new Map() });
  });
});

describe("RemoveTagsFromVault", () => {
  it("removes the keys given and passes over unknown ones, also when repeated", async () => {
    await add({ a: "1", b: "2", c: "3" });
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(
        await world.perform.RemoveTagsFromVault({ TagKeys: ["a", "c", "C", ""] }),
        {},
      );
      assert.deepEqual(await list(), [["b", "2"]]);
    }
  });

  it("refuses absent keys as missing, none and 51 as invalid", async () => {
    await assert.rejects(
      world.perform.RemoveTagsFromVault({}),
      refusal("MissingParameterValueException", "Required parameter missing: TagKeys"),
    );
    for (const count of [0, 51]) {
      await assert.rejects(
        world.perform.RemoveTagsFromVault({ TagKeys: Object.keys(numbered(count)) }),
        refusal("InvalidParameterValueException"),
      );
    }
  });
});
