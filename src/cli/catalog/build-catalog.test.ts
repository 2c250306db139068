import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildCatalog, createCatalogBuilder } from "./build-catalog.ts";
import type { Catalog } from "./catalog.ts";
import type { CreatedRecord, JournalRecord } from "./journal-record.ts";

function created(archiveId: string, atMs: number, rest: Partial<CreatedRecord> = {}) {
  const record: CreatedRecord = {
    op: "CREATED",
    atMs,
    archiveId,
    sizeBytes: 1,
    name: "a",
    ...rest,
  };
  return record;
}

function idsOf(catalog: Catalog): readonly string[] {
  return [...catalog.entries.keys()];
}

test("archives are listed in the order of their upload, whatever the order of the records", () => {
  const records = [created("x3", 3), created("x1", 1), created("x2", 2)];
  deepEqual(idsOf(buildCatalog(records)), ["x1", "x2", "x3"]);
});

test("the archives of a name are its versions, newest first", () => {
  const catalog = buildCatalog([
    created("x1", 1),
    created("x2", 2),
    created("y", 3, { name: "b" }),
  ]);
  deepEqual(
    catalog.versionsOf("a").map(({ archiveId }) => archiveId),
    ["x2", "x1"],
  );
  deepEqual(catalog.versionsOf("c"), []);
});

test("a deleted archive is gone, even when the record of its creation comes later in the file", () => {
  const deleted: JournalRecord = { op: "DELETED", atMs: 5, archiveId: "x" };
  deepEqual(idsOf(buildCatalog([created("x", 1), deleted])), []);
  deepEqual(idsOf(buildCatalog([deleted, created("x", 1)])), []);
});

test("an archive that an inventory found after its deletion is there", () => {
  const deleted: JournalRecord = { op: "DELETED", atMs: 5, archiveId: "x" };
  const found = (atMs: number): JournalRecord => ({ op: "FOUND", atMs, archiveId: "x" });
  deepEqual(idsOf(buildCatalog([created("x", 1), deleted, found(6)])), ["x"]);
  deepEqual(idsOf(buildCatalog([created("x", 1), found(4), deleted])), []);
  deepEqual(idsOf(buildCatalog([found(6), deleted, created("x", 1)])), ["x"]);
});

test("a later record of an archive adds what an earlier one lacks and takes nothing away", () => {
  const treeHash = "0".repeat(64);
  const catalog = buildCatalog([
    created("x", 1, { treeHash, name: "photos/a.jpg" }),
    created("x", 1, { modifiedAtMs: 7, name: "unnamed/x" }),
  ]);
  const entry = catalog.entries.get("x");
  equal(entry?.treeHash, treeHash);
  equal(entry?.modifiedAtMs, 7);
  equal(entry?.name, "photos/a.jpg");
});

test("a name that a later record changes is found under the new name only", () => {
  const builder = createCatalogBuilder();
  builder.add(created("x", 1));
  equal(builder.catalog.versionsOf("a").length, 1);
  builder.add(created("x", 1, { name: "b" }));
  equal(builder.catalog.versionsOf("a").length, 0);
  equal(builder.catalog.versionsOf("b").length, 1);
});

test("a multipart upload is open until an archive of it is created or it is ended", () => {
  const started = (uploadId: string): JournalRecord => ({
    op: "UPLOAD_STARTED",
    atMs: 1,
    uploadId,
    name: "a",
    partSizeBytes: 1,
  });
  const catalog = buildCatalog([
    started("u1"),
    started("u2"),
    started("u3"),
    created("x", 2, { uploadId: "u1" }),
    { op: "UPLOAD_ENDED", atMs: 2, uploadId: "u2" },
  ]);
  deepEqual([...catalog.openUploads.keys()], ["u3"]);
});

const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc
    .record({ id: fc.constantFrom("x", "y", "z"), atMs: fc.nat(9) })
    .map(({ id }) => created(id, id.charCodeAt(0))),
  fc.record({
    op: fc.constantFrom("DELETED" as const, "FOUND" as const),
    archiveId: fc.constantFrom("x", "y", "z"),
    atMs: fc.nat(9),
  }),
  fc.record({
    op: fc.constant("UPLOAD_ENDED" as const),
    uploadId: fc.constantFrom("u", "v"),
    atMs: fc.nat(9),
  }),
  fc.constantFrom("u", "v").map(
    (uploadId): JournalRecord => ({
      op: "UPLOAD_STARTED",
      atMs: 1,
      uploadId,
      name: uploadId,
      partSizeBytes: 1,
    }),
  ),
);

test("files merged in either order, or with repeats, make the same catalogue", () => {
  fc.assert(
    fc.property(fc.array(record), fc.array(record), (left, right) => {
      const views = [
        [...left, ...right],
        [...right, ...left],
        [...left, ...right, ...left],
      ].map((records) => {
        const catalog = buildCatalog(records);
        return {
          entries: [...catalog.entries.values()],
          uploads: [...catalog.openUploads.keys()].sort(),
        };
      });
      deepEqual(views[1], views[0]);
      deepEqual(views[2], views[0]);
    }),
  );
});

test("going on from a kept state makes the same catalogue as all records", () => {
  fc.assert(
    fc.property(fc.array(record), fc.array(record), (earlier, later) => {
      const first = createCatalogBuilder();
      earlier.forEach(first.add);
      const second = createCatalogBuilder(first.state());
      later.forEach(second.add);
      const whole = buildCatalog([...earlier, ...later]);
      deepEqual([...second.catalog.entries], [...whole.entries]);
      deepEqual(second.catalog.versionsOf("a"), whole.versionsOf("a"));
      deepEqual([...second.catalog.openUploads], [...whole.openUploads]);
    }),
  );
});

function packed(offset: number, name: string): JournalRecord {
  return {
    ...{ op: "PACKED", atMs: 5, packId: "p", offset, memberCount: 2, sizeBytes: 3, name },
    ...{ treeHash: "0f".repeat(32), modifiedAtMs: 4, mode: 0o644 },
  };
}

test("files in a pack are there until they or their pack are deleted, in any order of the records", () => {
  const records: readonly JournalRecord[] = [
    created("p", 5),
    packed(10, "m"),
    packed(20, "n"),
    { op: "DELETED", atMs: 6, archiveId: "p:10" },
  ];
  for (const order of [records, records.toReversed()]) {
    const catalog = buildCatalog(order);
    deepEqual(idsOf(catalog).toSorted(), ["p", "p:20"]);
    deepEqual(catalog.versionsOf("m"), []);
    equal(catalog.versionsOf("n")[0]?.packed?.offset, 20);
    const builder = createCatalogBuilder();
    for (const record of order) {
      builder.add(record);
    }
    const later = createCatalogBuilder(builder.state());
    later.add({ op: "DELETED", atMs: 7, archiveId: "p" });
    deepEqual(idsOf(later.catalog), []);
    later.add({ op: "FOUND", atMs: 8, archiveId: "p" });
    deepEqual(idsOf(later.catalog).toSorted(), ["p", "p:20"]);
  }
});
