import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildCatalog } from "../../catalog/build-catalog.ts";
import type { CreatedRecord } from "../../catalog/journal-record.ts";
import type { PlannedUpload } from "../put/run-uploads.ts";
import type { FoundFile, ScanFinding } from "../put/scan-files.ts";
import { decideSync, type SyncRules } from "./plan-sync.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;

const everything: SyncRules = {
  isNewStored: true,
  isModifiedReplaced: true,
  isRemovedDeleted: true,
  deletedBeforeMs: NOW_MS,
  prefix: "p",
};

function created(archiveId: string, name: string, ageDays = 100): CreatedRecord {
  return { op: "CREATED", atMs: NOW_MS - ageDays * DAY_MS, archiveId, sizeBytes: 1, name };
}

function file(name: string): FoundFile {
  return { kind: "file", name, path: `/${name}`, sizeBytes: 1, modifiedAtMs: 0, mode: 0o644 };
}

function upload(name: string, reason: "new" | "modified"): PlannedUpload {
  return { file: file(name), reason, openUploads: [] };
}

function decide(
  records: readonly CreatedRecord[],
  found: {
    readonly uploads?: readonly PlannedUpload[];
    readonly storedNames?: readonly string[];
    readonly passedOver?: readonly ScanFinding[];
    readonly unreadable?: readonly ScanFinding[];
  },
  rules: Partial<SyncRules> = {},
) {
  const catalog = buildCatalog(records);
  const { uploads = [], storedNames = [], passedOver = [], unreadable = [] } = found;
  const stored = storedNames.map((name) => {
    const [newest] = catalog.versionsOf(name);
    assert.ok(newest);
    return { file: file(name), newest };
  });
  const plan = decideSync({ uploads, stored, passedOver, unreadable }, catalog, {
    ...everything,
    ...rules,
  });
  return {
    uploads: plan.uploads.map((planned) => planned.file.name),
    deletions: plan.deletions.map(
      ({ entry, after }) =>
        entry.archiveId + (after === undefined ? "" : ` after ${after.file.name}`),
    ),
    kept: plan.kept,
    leftModified: plan.leftModified,
  };
}

describe("decideSync", () => {
  const records = [created("a-old", "p/a", 120), created("a", "p/a"), created("b", "p/b")];

  it("deletes all archives of a file after its replacement, and those whose file is gone", () => {
    assert.deepEqual(decide(records, { uploads: [upload("p/a", "modified")] }), {
      uploads: ["p/a"],
      deletions: ["a after p/a", "a-old after p/a", "b"],
      kept: 0,
      leftModified: 0,
    });
  });

  it("deletes what an earlier run left beside the newest archive", () => {
    const { deletions } = decide(records, { storedNames: ["p/a", "p/b"] });
    assert.deepEqual(deletions, ["a-old"]);
  });

  it("does only what it is told to", () => {
    const uploads = [upload("p/a", "modified"), upload("p/c", "new")];
    const onlyNew = { isModifiedReplaced: false, isRemovedDeleted: false };
    assert.deepEqual(decide(records, { uploads }, onlyNew), {
      ...{ uploads: ["p/c"], deletions: [], kept: 0, leftModified: 1 },
    });
    const onlyModified = { isNewStored: false, isRemovedDeleted: false };
    assert.deepEqual(decide(records, { uploads }, onlyModified).uploads, ["p/a"]);
    const onlyRemoved = { isNewStored: false, isModifiedReplaced: false };
    assert.deepEqual(decide(records, { uploads }, onlyRemoved).deletions, ["b"]);
  });

  it("keeps what was uploaded after the limit, and counts it", () => {
    const rules = { deletedBeforeMs: NOW_MS - 110 * DAY_MS };
    const plan = decide(records, { uploads: [upload("p/a", "modified")] }, rules);
    assert.deepEqual([plan.deletions, plan.kept], [["a-old after p/a"], 2]);
    const exact = { deletedBeforeMs: NOW_MS - 100 * DAY_MS };
    assert.equal(decide(records, {}, exact).kept, 0);
  });

  it("leaves names outside the prefix, and archives that have none", () => {
    const others = [
      created("x", "pp/x"),
      created("y", "y"),
      created("abcdefghijklm", "unnamed/abcdefghijkl"),
    ];
    assert.deepEqual(decide(others, {}).deletions, []);
    assert.deepEqual(decide(others, {}, { prefix: "" }).deletions, ["x", "y"]);
  });

  it("removes nothing that is there in another form, nor below a folder it did not look into", () => {
    const inFolders = ["p/d/a", "p/d/e/b", "p/dd", "p/empty"].map((name) => created(name, name));
    const at = (name: string) => ({ name, path: `/${name}` });
    const passedOver: ScanFinding[] = [
      { kind: "excluded", isFolder: true, ...at("p/d") },
      { kind: "empty", isNamed: false, ...at("p/empty") },
    ];
    assert.deepEqual(decide(inFolders, { passedOver }).deletions, ["p/dd"]);
    const unreadable: ScanFinding[] = [
      { kind: "failed", isFolder: true, reason: "EACCES", ...at("p/d") },
    ];
    assert.deepEqual(decide(inFolders, { unreadable }).deletions, ["p/dd", "p/empty"]);
  });
});
