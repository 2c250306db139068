/** The ledger of the kill test must see what a broken service would show. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MIB, makePayload } from "../support/payload.ts";
import {
  type ArchiveEntry,
  contentOf,
  createLedger,
  type Ledger,
  type Observation,
  reconcile,
} from "./ledger.ts";

const payload = makePayload(100, "ledger");
const nothing: Observation = { archives: [], uploads: [] };

describe("reconcile", () => {
  it("reports an acknowledged archive that is gone", () => {
    const { ledger } = withArchive("Stored");
    assert.match(reconcile(ledger, nothing, MIB).join(), /^LOST: archive one was acknowledged/);
  });

  it("takes an archive in doubt as it is, and keeps to that", () => {
    const { ledger, entry } = withArchive("UploadInDoubt");
    assert.deepEqual(reconcile(ledger, nothing, MIB), []);
    assert.equal(entry.state, "Absent");
    assert.match(reconcile(ledger, seen("id"), MIB).join(), /visible although it must not be/);
  });

  it("reports an archive that comes back after an acknowledged delete", () => {
    const { ledger } = withArchive("Absent");
    assert.match(reconcile(ledger, seen("id"), MIB).join(), /visible although it must not be/);
  });

  it("reports an archive that nobody sent, one of other bytes, and one that is there twice", () => {
    const { ledger } = withArchive("Stored");
    const stranger = { ...seen("id").archives[0]!, description: "stranger" };
    const other = { ...seen("id").archives[0]!, treeHash: "0".repeat(64) };
    const faults = reconcile(ledger, { archives: [other, other, stranger], uploads: [] }, MIB);
    assert.match(faults.join(), /one differs.*one is there twice.*stranger is visible/s);
  });

  it("reports an acknowledged part that is gone or has other bytes", () => {
    for (const parts of [new Map(), new Map([[0, "0".repeat(64)]])]) {
      const ledger = createLedger();
      ledger.uploads.set("two", {
        description: "two",
        uploadId: "u",
        parts: [{ stored: payload, inDoubt: undefined }],
        state: "Open",
        archive: undefined,
      });
      const uploads = [{ uploadId: "u", description: "two", parts }];
      const faults = reconcile(ledger, { archives: [], uploads }, MIB);
      assert.match(faults.join(), /part 0 of upload two (was acknowledged|is neither)/);
    }
  });

  it("reports an upload that ended without the archive that completing it makes", () => {
    const { ledger, entry } = withArchive("UploadInDoubt");
    ledger.uploads.set("one", {
      description: "one",
      uploadId: "u",
      parts: [{ stored: payload, inDoubt: undefined }],
      state: "CompleteInDoubt",
      archive: entry,
    });
    assert.match(reconcile(ledger, nothing, MIB).join(), /^LOST: upload one ended without/);
  });
});

function withArchive(state: ArchiveEntry["state"]): { ledger: Ledger; entry: ArchiveEntry } {
  const ledger = createLedger();
  const archiveId = state === "UploadInDoubt" ? undefined : "id";
  const entry: ArchiveEntry = { description: "one", content: contentOf(payload), archiveId, state };
  ledger.archives.set("one", entry);
  return { ledger, entry };
}

function seen(archiveId: string): Observation {
  const { sizeBytes, treeHash } = contentOf(payload);
  return { archives: [{ archiveId, description: "one", sizeBytes, treeHash }], uploads: [] };
}
