import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { buildCatalog } from "../build-catalog.ts";
import type { CreatedRecord, JournalRecord } from "../journal-record.ts";
import { mergeImport } from "./merge-import.ts";
import { findMtRecord, formatMtLine } from "./mtglacier.ts";

const treeHash = "0f".repeat(32);

function created(archiveId: string, rest: Partial<CreatedRecord> = {}): CreatedRecord {
  return {
    op: "CREATED",
    atMs: 1000,
    archiveId,
    sizeBytes: 1,
    name: `unnamed/${archiveId}`,
    ...rest,
  };
}

function merge(journal: readonly JournalRecord[], file: readonly JournalRecord[]) {
  const { records, counts } = mergeImport(buildCatalog(journal), {
    kind: "archives",
    catalog: buildCatalog(file),
  });
  const again = mergeImport(buildCatalog([...journal, ...records]), {
    kind: "archives",
    catalog: buildCatalog(file),
  });
  deepEqual(again.records, []);
  return { counts, entries: buildCatalog([...journal, ...records]).entries };
}

test("a known archive keeps its record and gets what it lacks", () => {
  const { counts, entries } = merge(
    [created("x", { name: "mine", treeHash }), created("y")],
    [
      created("x", { name: "theirs", treeHash: "1".repeat(64), modifiedAtMs: 5 }),
      created("y", { name: "named" }),
    ],
  );
  equal(counts.completed, 2);
  const { name, treeHash: kept, modifiedAtMs } = entries.get("x")!;
  deepEqual([name, kept, modifiedAtMs], ["mine", treeHash, 5]);
  equal(entries.get("y")?.name, "named");
});

test("an archive that the journal calls deleted stays so, and a deletion of the file is taken", () => {
  const { counts, entries } = merge(
    [created("x"), { op: "DELETED", atMs: 2000, archiveId: "x" }, created("y")],
    [created("x"), created("y"), { op: "DELETED", atMs: 3000, archiveId: "y" }],
  );
  deepEqual([counts.gone + counts.added, counts.deleted], [1, 1]);
  equal(entries.size, 0);
});

test("lines of every version of mt-aws-glacier are read", () => {
  const file = {
    op: "CREATED",
    atMs: 9000,
    archiveId: "x-_1",
    sizeBytes: 7,
    treeHash,
    name: "a b",
  };
  const times = { modifiedAtMs: 8000 };
  deepEqual(findMtRecord(`B\t9\tCREATED\tx-_1\t7\t8\t${treeHash}\ta b`), [{ ...file, ...times }]);
  deepEqual(findMtRecord(`A\t9\tCREATED\tx-_1\t7\t8\t${treeHash}\ta b`), [{ ...file, ...times }]);
  const untimed = [{ ...file, modifiedAtMs: undefined }];
  deepEqual(findMtRecord(`C\t9\tCREATED\tx-_1\t7\tNONE\t${treeHash}\ta b`), untimed);
  deepEqual(findMtRecord(`9 CREATED x-_1 7 ${treeHash} a b`), untimed);
  const gone = [{ op: "DELETED", atMs: 9000, archiveId: "x-_1" }];
  deepEqual(findMtRecord("A\t9\tDELETED\tx-_1\ta b"), gone);
  deepEqual(findMtRecord("9 DELETED x-_1 a b"), gone);
  const retrieved = [{ op: "RETRIEVED", atMs: 9000, archiveId: "x-_1", jobId: "j" }];
  deepEqual(findMtRecord("A\t9\tRETRIEVE_JOB\tx-_1\tj"), retrieved);
  deepEqual(findMtRecord("9 RETRIEVE_JOB x-_1"), []);
  equal(findMtRecord("D\t9\tCREATED"), undefined);
});

test("what mt-aws-glacier has no way to write is not written", () => {
  const entryOf = (record: CreatedRecord) => buildCatalog([record]).entries.get("x")!;
  equal(formatMtLine(entryOf(created("x"))), undefined);
  equal(formatMtLine(entryOf(created("x", { treeHash, name: "a\nb" }))), undefined);
  equal(
    formatMtLine(entryOf(created("x", { treeHash, name: "a", modifiedAtMs: -1500 }))),
    `B\t1\tCREATED\tx\t1\t-2\t${treeHash}\ta\n`,
  );
});
