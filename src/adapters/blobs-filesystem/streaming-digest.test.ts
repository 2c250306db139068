import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LEAF_BYTES } from "../../domain/limits.ts";
import { CRYPTO_KERNEL, findAccelerator } from "./accelerator.ts";
import { createStreamingDigest, type DigestResult } from "./streaming-digest.ts";

/** In shared memory, as the slots are. */
const SOURCE = new Uint8Array(new SharedArrayBuffer(3 * LEAF_BYTES + 200)).map(
  (_, index) => (index * 13) % 241,
);
const accelerator = findAccelerator(true);
const why = "the addon was not built here, or the processor lacks SHA-256 instructions";

/** FIPS 180-4 and the examples of NIST's Cryptographic Standards and Guidelines. */
const VECTORS: readonly [text: string, sha256: string][] = [
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

/** One-shot hashes of the whole and of each MiB. */
function expectedOf(bytes: Uint8Array): { sha256: string; leaves: string } {
  const leaves: string[] = [];
  for (let start = 0; start === 0 || start < bytes.length; start += LEAF_BYTES) {
    leaves.push(hash("sha256", bytes.subarray(start, start + LEAF_BYTES), "hex"));
  }
  return { sha256: hash("sha256", bytes, "hex"), leaves: leaves.join("") };
}

function readable({ sha256, leaves }: DigestResult): { sha256: string; leaves: string } {
  return { sha256, leaves: Buffer.from(leaves).toString("hex") };
}

for (const kernel of [accelerator, undefined]) {
  const name = kernel?.kernel ?? CRYPTO_KERNEL;
  /** Hashes `bytes`, cut at each offset in `cuts`. */
  const digestOf = (bytes: Uint8Array, cuts: readonly number[]): DigestResult => {
    const digest = createStreamingDigest(kernel);
    const ends = [...cuts.filter((end) => end < bytes.length), bytes.length];
    ends.sort((a, b) => a - b);
    for (const [index, end] of ends.entries()) {
      digest.update(bytes.subarray(ends[index - 1] ?? 0, end));
    }
    return digest.digest();
  };

  describe(`the streaming digest on ${name}`, () => {
    it("gives the published hashes", () => {
      for (const [text, sha256] of VECTORS) {
        assert.equal(digestOf(Buffer.from(text), []).sha256, sha256);
      }
    });

    it("gives the one-shot hashes of the whole and of each MiB, however the bytes are cut", () => {
      const sizes = fc.tuple(fc.nat(3), fc.integer({ min: -130, max: 130 }));
      const near = fc.integer({ min: -70, max: 70 });
      const cut = fc.oneof(
        fc.nat(SOURCE.length),
        fc.nat(200),
        fc.tuple(fc.nat(3), near).map(([leaves, off]) => Math.max(0, leaves * LEAF_BYTES + off)),
      );
      fc.assert(
        fc.property(sizes, fc.array(cut, { maxLength: 8 }), ([leaves, off], cuts) => {
          const bytes = SOURCE.subarray(0, Math.max(0, leaves * LEAF_BYTES + off));
          assert.deepEqual(readable(digestOf(bytes, cuts)), expectedOf(bytes));
        }),
        { numRuns: 60 },
      );
    });

    it("gives the hashes of every length up to four blocks, byte after byte", () => {
      for (let length = 0; length <= 256; length += 1) {
        const bytes = SOURCE.subarray(0, length);
        const cuts = Array.from({ length }, (_, index) => index);
        assert.equal(digestOf(bytes, cuts).sha256, hash("sha256", bytes, "hex"), `${length}`);
      }
    });

    it("keeps several digests apart", () => {
      const [one, other] = [createStreamingDigest(kernel), createStreamingDigest(kernel)];
      for (let start = 0; start < SOURCE.length; start += 99_991) {
        one.update(SOURCE.subarray(start, start + 99_991));
        other.update(SOURCE.subarray(start, start + 50_000));
        other.update(SOURCE.subarray(start + 50_000, start + 99_991));
      }
      assert.deepEqual(readable(one.digest()), expectedOf(SOURCE));
      assert.deepEqual(readable(other.digest()), expectedOf(SOURCE));
    });
  });
}

describe("the native addon", { skip: accelerator === undefined && why }, () => {
  const addon = accelerator!;
  const state = new Uint8Array(addon?.stateBytes ?? 0);
  const call = addon as unknown as Record<string, (...values: unknown[]) => void>;

  it("is not loaded when it is not wanted", () => {
    assert.equal(findAccelerator(false), undefined);
  });

  it("throws on arguments of a wrong kind", () => {
    const bytes = new Uint8Array(64);
    for (const [name, values] of [
      ["begin", []],
      ["begin", [undefined]],
      ["begin", [new Uint16Array(addon.stateBytes / 2)]],
      ["begin", [{ length: addon.stateBytes }]],
      ["update", [state, bytes]],
      ["update", [state, "bytes", bytes]],
      ["update", [state, new DataView(bytes.buffer), bytes]],
      ["end", [state, new Float64Array(8)]],
    ] as const) {
      assert.throws(() => call[name]!(...values), TypeError, `${name} ${values.length}`);
    }
  });

  it("throws on arguments of a wrong length, and changes nothing then", () => {
    addon.begin(state);
    const before = state.slice();
    const [leaf, digests] = [new Uint8Array(LEAF_BYTES), new Uint8Array(64)];
    assert.throws(() => addon.begin(state.subarray(1)), RangeError);
    assert.throws(() => addon.update(state.subarray(1), leaf, digests), RangeError);
    assert.throws(() => addon.update(state, leaf, new Uint8Array(31)), RangeError);
    assert.throws(() => addon.end(state, digests.subarray(1)), RangeError);
    assert.deepEqual(state, before);
  });

  it("stays within its memory whatever is in a state", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: addon.stateBytes, maxLength: addon.stateBytes }),
        (wild) => {
          const leaves = new Uint8Array(64);
          addon.update(wild, SOURCE.subarray(0, 1000), leaves);
          addon.end(wild, leaves);
        },
      ),
    );
  });
});
