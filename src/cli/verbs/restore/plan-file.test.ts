import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { VerbFailure } from "../../session/verb-failure.ts";
import { findMarker, formatMarker, type PlanRecord, type RestorePlan } from "./plan.ts";
import { createPlanFile, newPlanId, openPlanFile } from "./plan-file.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-plans-"));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

function makePlan(): RestorePlan {
  return {
    id: newPlanId(),
    createdAtMs: 1_700_000_000_000,
    vaultName: "family",
    vaultArn: "arn:aws:glacier:us-east-1:111122223333:vaults/family",
    dir: "/out",
    tier: "Bulk",
    bytesPerHour: 5.5,
    existing: "skip",
    decryption: { identity: "/keys/age" },
    items: ["ünï\n\u0000", "b"].map((name, index) => ({
      archiveId: `id-${index}`,
      sizeBytes: index,
      treeHash: index === 0 ? undefined : "ab".repeat(32),
      modifiedAtMs: index === 0 ? undefined : 1_600_000_000_000,
      name,
      path: `x/${index}`,
      cipher: index === 0 ? undefined : { tool: "gpg", plainBytes: 7 },
    })),
  };
}

const records: readonly PlanRecord[] = [
  { op: "REQUESTED", atMs: 1_700_000_000_001, item: 0, jobId: "j", request: 1, isFound: false },
  { op: "REQUESTED", atMs: 1_700_000_000_002, item: 1, jobId: "k", request: 2, isFound: true },
  { op: "DONE", atMs: 1_700_000_000_003, item: 0 },
  { op: "FAILED", atMs: 1_700_000_000_004, item: 1, status: 5, reason: "damaged" },
];

describe("a plan's file", () => {
  it("gives back the plan and all records, less half a line that a crash left", async () => {
    const plan = makePlan();
    const file = await createPlanFile(folder, plan);
    await Promise.all(records.map((record) => file.append(record)));
    await file.close();
    await appendFile(file.path, '{"op":"DONE","t":"2026-');
    for (let times = 0; times < 2; times += 1) {
      const opened = await openPlanFile(folder, plan.id);
      assert.deepEqual(opened.plan, plan);
      assert.deepEqual(opened.records, records);
      await opened.close();
    }
    assert.match(await readFile(file.path, "utf8"), /"damaged"\}\n$/);
  });

  it("is worked on by one process at a time, and goes when it is done", async () => {
    const plan = makePlan();
    const file = await createPlanFile(folder, plan);
    await assert.rejects(
      openPlanFile(folder, plan.id),
      (error) => error instanceof VerbFailure && error.exitCode === 75,
    );
    await file.remove();
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes(plan.id)),
      [],
    );
  });

  it("is refused with the number of a line that is none", async () => {
    const plan = makePlan();
    const file = await createPlanFile(folder, plan);
    await file.close();
    await appendFile(file.path, '{"op":"DONE","t":"yesterday","item":0}\n');
    await assert.rejects(openPlanFile(folder, plan.id), /line 4 of .* \(t: must be an ISO 8601/);
    await assert.rejects(openPlanFile(folder, "../x"), /there is no plan "\.\.\/x"/);
  });
});

describe("the marker of a job", () => {
  it("names plan, archive and request, and is found only by its plan", () => {
    const plan = { id: "r-7f3a91c2" };
    const marker = formatMarker(plan, "-_abc", 3);
    assert.deepEqual(findMarker(plan, marker), { archiveId: "-_abc", request: 3 });
    assert.equal(findMarker({ id: "r-00000000" }, marker), undefined);
    assert.equal(findMarker(plan, undefined), undefined);
  });
});
