import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BlobId } from "../../domain/ids.ts";
import { MIB } from "../../domain/limits.ts";
import { formatDamageMessage } from "./range-damage.ts";

describe("formatDamageMessage", () => {
  it("names the damaged bytes and MiB of the archive, and nothing of where they are stored", () => {
    const blobId = "0000000100000000000000000000beef" as BlobId;
    const format = (start: number, endExclusive: number, kind: "rotten" | "missing") =>
      formatDamageMessage({ range: { start, endExclusive }, kind, blobId });
    assert.equal(
      format(3 * MIB, 5 * MIB, "missing"),
      "The archive is damaged in storage: bytes 3145728-5242879 (MiB 3 to 4) are missing.",
    );
    assert.equal(
      format(3 * MIB, 3 * MIB + 1, "rotten"),
      "The archive is damaged in storage: bytes 3145728-3145728 (MiB 3) differ from what was uploaded.",
    );
  });
});
