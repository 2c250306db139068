import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createPartMemory } from "./part-memory.ts";

const KIB = 1024;

describe("createPartMemory", () => {
  it("gives the same memory again", () => {
    const memory = createPartMemory({ totalBytes: 256 * KIB, pieceBytes: 256 * KIB });
    const piece = memory.acquire(100 * KIB);
    assert.equal(piece?.length, 128 * KIB);
    memory.release(piece ?? new Uint8Array());
    assert.equal(memory.acquire(128 * KIB), piece);
  });

  it("does not give memory again that was discarded", () => {
    const memory = createPartMemory({ totalBytes: 64 * KIB, pieceBytes: 64 * KIB });
    const piece = memory.acquire(1);
    memory.discard(piece ?? new Uint8Array());
    const next = memory.acquire(1);
    assert.notEqual(next, undefined);
    assert.notEqual(next, piece);
  });

  it("has nothing for a piece above its bound", () => {
    const memory = createPartMemory({ totalBytes: 256 * KIB, pieceBytes: 64 * KIB });
    assert.notEqual(memory.acquire(64 * KIB), undefined);
    assert.equal(memory.acquire(64 * KIB + 1), undefined);
  });

  it("stays within its total whatever is asked of it", () => {
    const totalBytes = 1024 * KIB;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 512 * KIB })), (sizes) => {
        const memory = createPartMemory({ totalBytes, pieceBytes: 512 * KIB });
        const held: Uint8Array[] = [];
        for (const sizeBytes of sizes) {
          const piece = memory.acquire(sizeBytes);
          if (piece === undefined) {
            const oldest = held.shift();
            assert.notEqual(oldest, undefined, "it has nothing to give though nothing is held");
            memory.release(oldest ?? new Uint8Array());
          } else {
            assert.ok(piece.length >= sizeBytes);
            held.push(piece);
          }
          const heldBytes = held.reduce((sum, { length }) => sum + length, 0);
          assert.ok(heldBytes <= totalBytes);
          assert.equal(new Set(held).size, held.length);
        }
      }),
    );
  });
});
