import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concatBytes, utf8Bytes } from "../std/bytes.ts";
import { sha256 } from "../std/hasher-node.ts";
import type { ByteRange } from "./byte-range.ts";
import { MIB } from "./limits.ts";
import { isMegabyteAligned, isTreeHashAligned, leafCount, treeHashOfNodes } from "./tree-hash.ts";

/** The bytes of generator G, contract §3.5. */
function generate(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 1) {
    bytes[at] = at * 31 + Math.floor(at / 256) * 17 + Math.floor(at / 65536) * 7;
  }
  return bytes;
}

const generated = generate(8 * MIB);

function leavesOf(data: Uint8Array): Uint8Array {
  const leaves: Uint8Array[] = [];
  for (let leaf = 0; leaf < leafCount(data.length); leaf += 1) {
    leaves.push(sha256(data.subarray(leaf * MIB, (leaf + 1) * MIB)));
  }
  return concatBytes(leaves);
}

function treeHashOf(data: Uint8Array): string {
  return treeHashOfNodes(leavesOf(data), sha256);
}

const generatedVectors: readonly (readonly [number, string])[] = [
  [1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
  [1_048_575, "1be2d292767b38cd9da3dc78a540e3a598cf8670c012237e6323aebf286fa299"],
  [1_048_576, "a3f086db33d8d23279d0f880c267cd323db1593b960a23b3793f26cefbf50528"],
  [1_048_577, "237d8d7943fb7316f81c632cfcf909011024de0880861d7f799a52f4a81e7c44"],
  [2_097_152, "137d7f26a8063f4b053e6b40fb25624c22c18423b37f836414616a24ae14bce2"],
  [3_145_728, "cec983f50c8117f644deb4e6c4c157a18be75862c93b1a06110580de3f0b0a81"],
  [3_250_585, "a8d917746c379e7f36f4eda160a75490b47a25bd555faf892e73ac23794bbe27"],
  [3_670_016, "5488ae274a9ed776add9a10aca60410a42aa79fe467492efb0284f012ff1c570"],
  [4_194_304, "449123b29945be433cafd51c826881d633ae51086dfee209ea229c279dc03a14"],
  [5_767_168, "f6f7fd73b9ce1003b9d93d59f11193af550db6c10fbf207c34cdc7572ff48654"],
  [6_815_744, "1c31690af0c2b3f4b53956e77a2aa8d6436c0c1ebd3e30b10e258f543d0b4e5d"],
  [7_340_032, "197e223dc2fa1eda932b8069d950a005bc38d7c05b86986628f0bfc0299e6f2f"],
  [8_388_608, "76d31908b47c7d05ee6a869e1a3ceed2f29e8d06368548dee1931cb68a6e3343"],
];

const textVectors: readonly (readonly [string, Uint8Array, string])[] = [
  ["nothing", utf8Bytes(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["a", utf8Bytes("a"), "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
  [
    "the first greeting",
    utf8Bytes("Welcome to Amazon Glacier."),
    "726e392cb4d09924dbad1cc0ba3b00c3643d03d14cb4b823e2f041cff612a628",
  ],
  [
    "the second greeting",
    utf8Bytes("Welcome to S3 Glacier."),
    "04b8bb12ae8f28832f4c291463fb51fa660c1fd18933da16d56eda7db27019f3",
  ],
  [
    "1 MiB of a",
    new Uint8Array(MIB).fill(0x61),
    "9bc1b2a288b26af7257a36277ae3816a7d4f16e89c1e7e77d0a5c48bad62b360",
  ],
  [
    "1 MiB and one byte of a",
    new Uint8Array(MIB + 1).fill(0x61),
    "8dd49bbc6297567fac3852c2deddcdbc57358bc403c10d4f6dc64b143ad9b27b",
  ],
  [
    "2 MiB of a",
    new Uint8Array(2 * MIB).fill(0x61),
    "560c2c9333c719cb00cfdffee3ba293db17f58743cdd1f7e4055373ae6300afa",
  ],
  [
    "3 MiB of a",
    new Uint8Array(3 * MIB).fill(0x61),
    "70239f4f2ead7561f69d48b956b547edef52a1280a93c262c0b582190be7db17",
  ],
];

const rangeVectors: readonly (readonly [number, number, string, boolean])[] = [
  [0, 2_097_152, "137d7f26a8063f4b053e6b40fb25624c22c18423b37f836414616a24ae14bce2", true],
  [0, 4_194_304, "449123b29945be433cafd51c826881d633ae51086dfee209ea229c279dc03a14", true],
  [2_097_152, 4_194_304, "d7f6eeaaa6b622a6887cd793e4663da0d4319b1d297ee3ec239363d1443011a2", true],
  [4_194_304, 6_291_456, "39f70016e1b69527da13e0000b58ad28ea5f09da731c0ad9a13a6944f52566e7", true],
  [4_194_304, 6_815_744, "eaac1a493e495680cab0272d6b058f2c03f242dad45c578a86999b2ff5989d41", true],
  [6_291_456, 6_815_744, "883d92b42f510ce62286cbb51e9b3b9c85834c10177a6c4a4b1ba479621a7c39", true],
  [1_048_576, 3_145_728, "1862fe84a3c2c65e2da2cf59ab6b1f32943845841ffa053ce22a73ba49c3fa7a", false],
  [2_097_152, 6_815_744, "9fa5ca5b663a3c1697fee521193abe05735888a74c50178275f4944d5c2df9c9", false],
  [3_145_728, 5_242_880, "89bdb90f35ceccbef0f9ed1aa30da8803df9eecfe5989ff0ffde5ce202be970c", false],
];

/** Contract §3.3: all aligned ranges, in MiB, `end` standing for the end of the archive. */
const alignmentLists: readonly (readonly [number, string])[] = [
  [3 * MIB, "0,1 0,2 0,end 1,2 2,end"],
  [3_250_585, "0,1 0,2 0,end 1,2 2,3 2,end 3,end"],
  [5.5 * MIB, "0,1 0,2 0,4 0,end 1,2 2,3 2,4 3,4 4,5 4,end 5,end"],
  [6.5 * MIB, "0,1 0,2 0,4 0,end 1,2 2,3 2,4 3,4 4,5 4,6 4,end 5,6 6,end"],
  [7 * MIB, "0,1 0,2 0,4 0,end 1,2 2,3 2,4 3,4 4,5 4,6 4,end 5,6 6,end"],
  [8 * MIB, "0,1 0,2 0,4 0,end 1,2 2,3 2,4 3,4 4,5 4,6 4,end 5,6 6,7 6,end 7,end"],
];

function megabyteAlignedRanges(sizeBytes: number): ByteRange[] {
  const ranges: ByteRange[] = [];
  for (let from = 0; from < leafCount(sizeBytes); from += 1) {
    for (let to = from + 1; to <= leafCount(sizeBytes); to += 1) {
      ranges.push({ start: from * MIB, endExclusive: Math.min(to * MIB, sizeBytes) });
    }
  }
  return ranges;
}

/** The ranges of all nodes of the tree, level by level: the definition of alignment in contract §3.2. */
function nodeRanges(sizeBytes: number): Set<string> {
  let level = Array.from({ length: leafCount(sizeBytes) }, (_, leaf) => [leaf, leaf + 1] as const);
  const nodes = new Set(level.map(String));
  while (level.length > 1) {
    const parents: (readonly [number, number])[] = [];
    for (let pair = 0; pair < level.length; pair += 2) {
      parents.push([level[pair]![0], (level[pair + 1] ?? level[pair]!)[1]]);
    }
    level = parents;
    for (const node of level) {
      nodes.add(String(node));
    }
  }
  return nodes;
}

describe("treeHashOfNodes", () => {
  for (const [sizeBytes, treeHash] of generatedVectors) {
    it(`hashes the first ${sizeBytes} generated bytes to the contract's tree hash`, () => {
      assert.equal(treeHashOf(generated.subarray(0, sizeBytes)), treeHash);
    });
  }

  for (const [name, data, treeHash] of textVectors) {
    it(`hashes ${name} to the contract's tree hash`, () => {
      assert.equal(treeHashOf(data), treeHash);
    });
  }

  for (const [start, endExclusive, treeHash, aligned] of rangeVectors) {
    it(`hashes bytes ${start} to ${endExclusive} of 6.5 MiB, ${aligned ? "" : "not "}aligned`, () => {
      assert.equal(treeHashOf(generated.subarray(start, endExclusive)), treeHash);
      assert.equal(isTreeHashAligned({ start, endExclusive }, 6.5 * MIB), aligned);
    });
  }

  it("gives the same root from parts of equal powers of two as from the leaves", () => {
    const leaves = fc.uint8Array({ minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(leaves, fc.constantFrom(1, 2, 4, 8, 16, 32), (seeds, partLeaves) => {
        const digests = Array.from(seeds, (seed) => sha256(Uint8Array.of(seed)));
        const roots: Uint8Array[] = [];
        for (let first = 0; first < digests.length; first += partLeaves) {
          const part = concatBytes(digests.slice(first, first + partLeaves));
          roots.push(Uint8Array.fromHex(treeHashOfNodes(part, sha256)));
        }
        assert.equal(
          treeHashOfNodes(concatBytes(roots), sha256),
          treeHashOfNodes(concatBytes(digests), sha256),
        );
      }),
    );
  });
});

describe("isTreeHashAligned", () => {
  for (const [sizeBytes, list] of alignmentLists) {
    it(`finds exactly the contract's ranges of an archive of ${sizeBytes} bytes`, () => {
      const aligned = megabyteAlignedRanges(sizeBytes)
        .filter((range) => isTreeHashAligned(range, sizeBytes))
        .map(({ start, endExclusive }) => {
          const end = endExclusive === sizeBytes ? "end" : endExclusive / MIB;
          return `${start / MIB},${end}`;
        });
      assert.equal(aligned.join(" "), list);
    });
  }

  it("agrees with the definition by nodes for every aligned range of many sizes", () => {
    for (let leaves = 1; leaves <= 40; leaves += 1) {
      for (const sizeBytes of [leaves * MIB, leaves * MIB - 1, (leaves - 1) * MIB + 1]) {
        const nodes = nodeRanges(sizeBytes);
        for (const range of megabyteAlignedRanges(sizeBytes)) {
          const node = [range.start / MIB, Math.ceil(range.endExclusive / MIB)];
          assert.equal(isTreeHashAligned(range, sizeBytes), nodes.has(String(node)), `${node}`);
        }
      }
    }
  });

  it("refuses ranges that do not start or end at a MiB", () => {
    const sizeBytes = 4 * MIB;
    for (const [start, endExclusive] of [
      [1, MIB],
      [0, MIB - 1],
      [0, MIB + 1],
      [MIB, 4 * MIB - 1],
    ] as const) {
      assert.equal(isMegabyteAligned({ start, endExclusive }, sizeBytes), false);
      assert.equal(isTreeHashAligned({ start, endExclusive }, sizeBytes), false);
    }
  });
});

describe("leafCount", () => {
  it("counts begun MiB, and one for nothing", () => {
    assert.deepEqual([0, 1, MIB, MIB + 1, 5.5 * MIB].map(leafCount), [1, 1, 1, 2, 6]);
  });
});
