/** What a start finds of a process that is gone. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { BlobId } from "../../src/domain/ids.ts";
import { takeOver } from "../../src/engine/maintenance/take-over.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { LIVE, type OperationWorld, openOperationWorld } from "../support/operation-world.ts";

let world: OperationWorld;

beforeEach(async () => {
  world = await openOperationWorld();
});

afterEach(() => world.close());

describe("taking over from the last process", () => {
  it("removes temporary files before anything is written, those of half repaired blobs too", async () => {
    const { metadata, blobs, time } = world;
    const clock = { nowMs: () => time.nowMs, sleep: async () => undefined };
    blobs.contents.temporary.add("0000000101a21f3f6b9e0000ff519117" as BlobId);
    await takeOver({ metadata, blobs, clock, logger: silentLogger }, LIVE);
    assert.deepEqual([...blobs.contents.temporary], []);
  });
});
