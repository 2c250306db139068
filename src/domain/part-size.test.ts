import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePartSize } from "./part-size.ts";

const MIB = 1024 * 1024;

describe("parsePartSize", () => {
  it("takes each power of two from 1 MiB to 4 GiB", () => {
    for (let size = MIB; size <= 4096 * MIB; size *= 2) {
      assert.equal(parsePartSize(String(size)), size);
    }
  });

  it("refuses the neighbours of each, half of the least and twice the largest", () => {
    const sizes = [MIB / 2, 8192 * MIB, 3 * MIB];
    for (let size = MIB; size <= 4096 * MIB; size *= 2) {
      sizes.push(size - 1, size + 1);
    }
    for (const size of sizes) {
      assert.throws(() => parsePartSize(String(size)), { code: "InvalidParameterValueException" });
    }
  });

  it("refuses absent and malformed sizes with the recorded text", () => {
    const rule =
      "Part size must not be null, must be a power of two and be between 1048576 and 4294967296 bytes.";
    for (const text of [undefined, "0", "-1048576", "1048576.0", "1MiB"]) {
      assert.throws(() => parsePartSize(text), {
        code: "InvalidParameterValueException",
        message: `Invalid part size: ${text ?? "null"}. ${rule}`,
      });
    }
  });
});
