import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatMt2 } from "../../../domain/descriptions/encode-mt2.ts";
import { buildCatalog } from "../../catalog/build-catalog.ts";
import type { CreatedRecord } from "../../catalog/journal-record.ts";
import { type CompareOptions, decideUpload, indexOpenUploads } from "./decide-upload.ts";

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const file = { name: "a", sizeBytes: 7, modifiedAtMs: AT_MS };

function decide(
  record: Partial<CreatedRecord> | undefined,
  options: Partial<CompareOptions> = {},
  found = file,
) {
  const created: CreatedRecord = {
    ...{ op: "CREATED", atMs: AT_MS, archiveId: "id", sizeBytes: 7, name: "a" },
    ...{ modifiedAtMs: AT_MS, treeHash: "0".repeat(64), ...record },
  };
  const catalog = buildCatalog(record === undefined ? [] : [created]);
  return decideUpload(found, catalog, { isForced: false, isByChecksum: false, ...options }).kind;
}

describe("decideUpload", () => {
  it("compares size and time to the second", () => {
    assert.equal(decide(undefined), "new");
    assert.equal(decide({}), "same");
    assert.equal(decide({ modifiedAtMs: AT_MS + 999 }), "same");
    assert.equal(decide({ modifiedAtMs: AT_MS + 1000 }), "modified");
    assert.equal(decide({ modifiedAtMs: AT_MS - 1 }), "modified");
    assert.equal(decide({ sizeBytes: 8 }), "modified");
    assert.equal(decide({ modifiedAtMs: undefined }), "modified");
    assert.equal(decide({}, { isForced: true }), "modified");
  });

  it("leaves equal sizes to the tree hash when asked to, where there is one", () => {
    const options = { isByChecksum: true };
    assert.equal(decide({ modifiedAtMs: 0 }, options), "compare");
    assert.equal(decide({ sizeBytes: 8 }, options), "modified");
    assert.equal(decide({ treeHash: undefined }, options), "same");
  });

  it("takes the size of the file from the description of an encrypted archive", () => {
    const description = formatMt2({ name: "a", modifiedAtMs: AT_MS, size: 7, enc: "age" });
    const encrypted = { sizeBytes: 300, description };
    assert.equal(decide(encrypted), "same");
    assert.equal(decide(encrypted, { isByChecksum: true }), "same");
    assert.equal(decide(encrypted, { encryption: "age" }), "same");
    assert.equal(decide(encrypted, { encryption: "gpg" }), "modified");
    assert.equal(decide({}, { encryption: "age" }), "modified");
  });
});

describe("indexOpenUploads", () => {
  it("finds those of a path under its name", () => {
    const started = (uploadId: string, path: string | undefined, name: string) =>
      [
        uploadId,
        { op: "UPLOAD_STARTED", atMs: 0, uploadId, name, path, partSizeBytes: 1 },
      ] as const;
    const find = indexOpenUploads(
      new Map([started("1", "/a", "a"), started("2", "/a", "b"), started("3", undefined, "a")]),
    );
    assert.deepEqual(
      find({ path: "/a", name: "a" }).map(({ uploadId }) => uploadId),
      ["1"],
    );
    assert.deepEqual(find({ path: "/b", name: "a" }), []);
  });
});
