import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { generateBytes, sha256Hex, treeHashHex } from "../../../test/support/test-bytes.ts";
import { type ByteRange, formatInclusiveRange } from "../../domain/byte-range.ts";
import { MIB } from "../../domain/limits.ts";
import { hashStream } from "./hash-stream.ts";

const generated = generateBytes(0, 8 * MIB);

/** Tree hash and linear SHA-256 of the first bytes of generator G (contract §3.5). */
const vectors: readonly (readonly [number, string, string])[] = [
  [
    1_048_577,
    "237d8d7943fb7316f81c632cfcf909011024de0880861d7f799a52f4a81e7c44",
    "cc0b626bd39efb3d8298638829fcbac2711c8f6942d5a26261bf646734de632e",
  ],
  [
    3_250_585,
    "a8d917746c379e7f36f4eda160a75490b47a25bd555faf892e73ac23794bbe27",
    "46f1d2a81e9cd1107c264947ed845fd8c64c1b26c5e7a82465b5895fdbc5284e",
  ],
  [
    5_767_168,
    "f6f7fd73b9ce1003b9d93d59f11193af550db6c10fbf207c34cdc7572ff48654",
    "dbadb4415a6ed924f64fa3209ffa6599ccf7136126dfcf2f90f33f7da3e92de8",
  ],
  [
    6_815_744,
    "1c31690af0c2b3f4b53956e77a2aa8d6436c0c1ebd3e30b10e258f543d0b4e5d",
    "abd09cc61daa3ca7dafabacac2e1aafe407745c79e9e01ea632ae65aa16a32ba",
  ],
  [
    7_340_032,
    "197e223dc2fa1eda932b8069d950a005bc38d7c05b86986628f0bfc0299e6f2f",
    "1f8ad549d4a1235b72411ff2dd64bb616138479a57e32ab6eb9b2eee85c9e118",
  ],
  [
    8_388_608,
    "76d31908b47c7d05ee6a869e1a3ceed2f29e8d06368548dee1931cb68a6e3343",
    "f8ce9758905e9549f258f14440c528ff5b2c7b7a16068635afb98dd0244d2382",
  ],
];

async function* chunksOf(bytes: Uint8Array, chunkBytes: number) {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    yield bytes.subarray(at, at + chunkBytes);
  }
}

async function hash(bytes: Uint8Array, chunkBytes: number, partSizeBytes?: number) {
  const parts: [string, string][] = [];
  const hashes = await hashStream(chunksOf(bytes, chunkBytes), {
    isLinearWanted: true,
    partSizeBytes,
    onPart: (range: ByteRange, treeHash) => parts.push([formatInclusiveRange(range), treeHash]),
  });
  return { hashes, parts };
}

describe("hashStream", () => {
  for (const [sizeBytes, treeHash, sha256] of vectors) {
    it(`gives the contract's hashes of ${sizeBytes} bytes, however they are cut`, async () => {
      for (const chunkBytes of [65_536, 1_000_003, 8 * MIB]) {
        const { hashes, parts } = await hash(generated.subarray(0, sizeBytes), chunkBytes);
        assert.deepEqual([hashes, parts], [{ sizeBytes, treeHash, sha256 }, []]);
      }
    });
  }

  it("gives nothing the hash of nothing, and no part", async () => {
    const empty = new Uint8Array();
    const nothing = sha256Hex(empty);
    assert.deepEqual(await hash(empty, 1, MIB), {
      ...{ hashes: { sizeBytes: 0, treeHash: nothing, sha256: nothing }, parts: [] },
    });
  });

  it("gives the tree hash and range of each part, the last one shorter", async () => {
    const { parts, hashes } = await hash(generated.subarray(0, 6.5 * MIB), 999_999, 2 * MIB);
    assert.deepEqual(parts, [
      ["0-2097151", "137d7f26a8063f4b053e6b40fb25624c22c18423b37f836414616a24ae14bce2"],
      ["2097152-4194303", "d7f6eeaaa6b622a6887cd793e4663da0d4319b1d297ee3ec239363d1443011a2"],
      ["4194304-6291455", "39f70016e1b69527da13e0000b58ad28ea5f09da731c0ad9a13a6944f52566e7"],
      ["6291456-6815743", "883d92b42f510ce62286cbb51e9b3b9c85834c10177a6c4a4b1ba479621a7c39"],
    ]);
    assert.equal(hashes.treeHash, vectors[3]?.[1]);
  });

  it("agrees with hashing whole levels for every number of leaves up to 8", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 * MIB }), async (sizeBytes) => {
        const bytes = generated.subarray(0, sizeBytes);
        const { hashes } = await hash(bytes, 700_001);
        assert.equal(hashes.treeHash, treeHashHex(bytes));
      }),
      { numRuns: 25 },
    );
  });

  it("leaves the linear hash out where it is not wanted", async () => {
    const options = { isLinearWanted: false, partSizeBytes: undefined, onPart: () => undefined };
    const { sha256 } = await hashStream(chunksOf(generated, MIB), options);
    assert.equal(sha256, undefined);
  });

  it("fails with what the stream fails with", async () => {
    async function* broken() {
      yield generated.subarray(0, 10);
      throw new Error("torn");
    }
    const options = { isLinearWanted: true, partSizeBytes: undefined, onPart: () => undefined };
    await assert.rejects(hashStream(broken(), options), /torn/);
  });
});
