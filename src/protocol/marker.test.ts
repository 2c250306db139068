import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ArchiveId } from "../domain/ids.ts";
import {
  findInventoryMarker,
  findPartMarker,
  formatInventoryMarker,
  formatPartMarker,
} from "./marker.ts";

const safe = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const archiveId = fc
  .uint8Array({ minLength: 103, maxLength: 103 })
  .map((bytes) => bytes.toBase64({ alphabet: "base64url", omitPadding: true }) as ArchiveId);

describe("part markers", () => {
  it("name the start they were made of", () => {
    fc.assert(fc.property(safe, (start) => findPartMarker(formatPartMarker(start)) === start));
  });

  it("are not found in any other text", () => {
    for (const text of ["", "x", "0", "AAAAAAAAAAAA", `${formatPartMarker(1)}A`, "é"]) {
      assert.equal(findPartMarker(text), undefined);
    }
  });

  it("end at the safe integers", () => {
    const beyond = new Uint8Array([1, 0, 32, 0, 0, 0, 0, 0, 0]);
    const text = beyond.toBase64({ alphabet: "base64url", omitPadding: true });
    assert.equal(findPartMarker(text), undefined);
  });
});

describe("inventory markers", () => {
  it("name the position they were made of, in their own vault only", () => {
    fc.assert(
      fc.property(safe, safe, archiveId, (vaultId, createdAtMs, id) => {
        const marker = formatInventoryMarker(vaultId, { createdAtMs, archiveId: id });
        assert.deepEqual(findInventoryMarker(vaultId, marker), { createdAtMs, archiveId: id });
        assert.equal(findInventoryMarker(vaultId + 1, marker), undefined);
      }),
    );
  });

  it("are not found in cut or altered texts", () => {
    const id = "A".repeat(138) as ArchiveId;
    const marker = formatInventoryMarker(7, { createdAtMs: 5, archiveId: id });
    assert.notEqual(findInventoryMarker(7, marker), undefined);
    for (let length = 0; length < marker.length; length += 1) {
      assert.equal(findInventoryMarker(7, marker.slice(0, length)), undefined);
    }
    assert.equal(findInventoryMarker(7, `B${marker.slice(1)}`), undefined);
  });
});
