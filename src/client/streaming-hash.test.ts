import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sha256Hex, treeHashHex } from "../../test/support/test-bytes.ts";
import { createStreamingHash } from "./streaming-hash.ts";

const MIB = 1024 * 1024;

function bytesOf(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let offset = 0; offset < sizeBytes; offset += 1000) {
    bytes.writeUInt8((offset / 1000) % 251, offset);
  }
  return bytes;
}

describe("createStreamingHash", () => {
  it("computes both hashes at every number of leaves to nine, and around leaf borders", () => {
    const whole = Array.from({ length: 9 }, (_, index) => (index + 1) * MIB);
    for (const sizeBytes of [0, 1, MIB - 1, MIB + 1, 5 * MIB + 7, 7 * MIB - 1, ...whole]) {
      const bytes = bytesOf(sizeBytes);
      const hash = createStreamingHash();
      hash.update(bytes);
      assert.deepEqual(
        hash.digest(),
        { sizeBytes, sha256: sha256Hex(bytes), treeHash: treeHashHex(bytes) },
        `${sizeBytes} bytes`,
      );
    }
  });

  it("does not depend on how the bytes are cut", () => {
    const bytes = bytesOf(3 * MIB + 12_345);
    for (const step of [65_537, MIB, 2 * MIB + 1]) {
      const hash = createStreamingHash();
      for (let start = 0; start < bytes.length; start += step) {
        hash.update(bytes.subarray(start, start + step));
      }
      assert.equal(hash.digest().treeHash, treeHashHex(bytes), `pieces of ${step}`);
    }
  });
});
