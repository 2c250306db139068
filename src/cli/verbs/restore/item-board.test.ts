import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Job } from "../retrieval/jobs.ts";
import { createItemBoard } from "./item-board.ts";
import type { PlanItem, PlanRecord } from "./plan.ts";

const items: readonly PlanItem[] = ["a", "b", "c"].map((name) => ({
  archiveId: name,
  sizeBytes: 1,
  treeHash: undefined,
  modifiedAtMs: undefined,
  name,
  path: name,
  cipher: undefined,
}));

function job(jobId: string, completedAtMs: number): Job {
  return {
    jobId,
    kind: "archive",
    state: "Succeeded",
    statusMessage: undefined,
    description: undefined,
    archiveId: undefined,
    archiveSizeBytes: 1,
    range: undefined,
    treeHash: undefined,
    archiveTreeHash: undefined,
    inventorySizeBytes: undefined,
    inventoryFormat: undefined,
    tier: "Bulk",
    createdAtMs: 0,
    completedAtMs,
  };
}

const requested = (item: number, jobId: string, request = 1): PlanRecord => ({
  op: "REQUESTED",
  atMs: 0,
  item,
  jobId,
  request,
  isFound: false,
});

describe("createItemBoard", () => {
  it("continues where the records end, and tries again what failed before it was requested", () => {
    const board = createItemBoard({ items }, [
      requested(0, "j0"),
      requested(0, "j1", 2),
      { op: "DONE", atMs: 0, item: 1 },
      { op: "FAILED", atMs: 0, item: 2, status: 1, reason: "gone" },
    ]);
    assert.deepEqual([...board.awaited], [["j1", 0]]);
    assert.equal(board.requestsOf(0), 2);
    assert.equal(board.firstPending(), 2);
    assert.equal(board.isFinished(), false);
  });

  it("gives out first what expires first", () => {
    const board = createItemBoard(
      { items },
      [0, 1, 2].map((item) => requested(item, `j${item}`)),
    );
    board.makeReady(0, job("j0", 30));
    board.makeReady(1, job("j1", 10));
    board.makeReady(2, job("j2", 20));
    const order = [board.takeReady(), board.takeReady(), board.takeReady(), board.takeReady()];
    assert.deepEqual(
      order.map((next) => next?.item),
      [1, 2, 0, undefined],
    );
  });

  it("has every item in one state at a time, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(4)), { maxLength: 60 }), (steps) => {
        const board = createItemBoard({ items }, []);
        let jobs = 0;
        for (const [item, step] of steps) {
          if (board.isEnded(item)) {
            continue;
          }
          const awaited = [...board.awaited].find(([, other]) => other === item)?.[0];
          if (step === 0 && board.isPending(item)) {
            board.begin(item);
          } else if (step === 1 && awaited === undefined && !board.isPending(item)) {
            jobs += 1;
            board.await(item, `j${jobs}`, jobs);
          } else if (step === 2 && awaited !== undefined) {
            board.makeReady(item, job(awaited, jobs));
            board.takeReady();
          } else if (step === 3) {
            board.postpone(item);
          } else if (step === 4 && !board.isPending(item)) {
            board.end(item);
          }
          const { pending, ended } = board.counts;
          assert.equal(pending + ended + board.outstanding(), items.length);
          assert.equal(board.isFinished(), ended === items.length);
        }
      }),
    );
  });
});
