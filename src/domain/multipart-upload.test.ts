import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concatBytes, formatHex } from "../std/bytes.ts";
import { sha256 } from "../std/hasher-node.ts";
import type { ManifestPartSummary } from "./archive.ts";
import type { BlobId } from "./ids.ts";
import { checkCompletion, checkPartRange, parseArchiveSize } from "./multipart-upload.ts";
import { treeHashOfNodes } from "./tree-hash.ts";

const MIB = 1024 * 1024;
const refusal = { code: "InvalidParameterValueException" };

/** A leaf of its own for each MiB; what it hashes does not matter to the tree. */
function leaf(index: number): Uint8Array {
  return sha256(Uint8Array.of(index >> 8, index & 255));
}

function leaves(from: number, count: number): Uint8Array {
  return concatBytes(Array.from({ length: count }, (_, index) => leaf(from + index)));
}

/** Parts of `partMib` each over an archive of `leafCount` leaves whose last leaf has `lastLeafBytes`. */
function partsOf(leafCount: number, partMib: number, lastLeafBytes = MIB): ManifestPartSummary[] {
  const parts: ManifestPartSummary[] = [];
  for (let first = 0; first < leafCount; first += partMib) {
    const count = Math.min(partMib, leafCount - first);
    const isLast = first + count === leafCount;
    parts.push({
      startBytes: first * MIB,
      sizeBytes: count * MIB - (isLast ? MIB - lastLeafBytes : 0),
      treeHash: treeHashOfNodes(leaves(first, count), sha256),
      blobId: `blob${first}` as BlobId,
    });
  }
  return parts;
}

describe("checkPartRange", () => {
  it("takes a full part, a shorter one, and one at any multiple of the part size", () => {
    for (const [start, length] of [
      [0, 2 * MIB],
      [2 * MIB, 2 * MIB - 1],
      [6 * MIB, 1],
    ] as const) {
      checkPartRange({ start, endExclusive: start + length }, 2 * MIB);
    }
  });

  it("refuses starts beside a multiple of the part size", () => {
    for (const start of [1, MIB, 2 * MIB - 1, 2 * MIB + 1]) {
      assert.throws(() => checkPartRange({ start, endExclusive: start + 10 }, 2 * MIB), {
        ...refusal,
        message: `Invalid Content-Range: bytes ${start}-${start + 9}/*. It must start at a multiple of the part size, 2097152.`,
      });
    }
  });

  it("refuses a part one byte longer than the part size", () => {
    assert.throws(() => checkPartRange({ start: 0, endExclusive: MIB + 1 }, MIB), {
      ...refusal,
      message:
        "Invalid Content-Range: bytes 0-1048576/*. A part must not be longer than the part size, 1048576.",
    });
  });

  it("takes parts 9 999 and 10 000 and refuses part 10 001 with the recorded text", () => {
    for (const number of [9999, 10_000]) {
      checkPartRange({ start: (number - 1) * MIB, endExclusive: number * MIB }, MIB);
    }
    assert.throws(() => checkPartRange({ start: 10_000 * MIB, endExclusive: 10_001 * MIB }, MIB), {
      ...refusal,
      message:
        "This is part number 10001 for the current multipart upload. It exceeds the limit of 10000 parts.",
    });
  });
});

describe("parseArchiveSize", () => {
  it("reads whole numbers and refuses other texts, naming the value", () => {
    assert.equal(parseArchiveSize("41943040000000"), 41_943_040_000_000);
    for (const text of ["", "-1", "1.5", "1MiB", "null"]) {
      assert.throws(() => parseArchiveSize(text), {
        ...refusal,
        message: `Invalid x-amz-archive-size: ${text}. It must be a whole number of bytes.`,
      });
    }
  });
});

describe("checkCompletion", () => {
  const parts = partsOf(7, 2, 100);
  const archiveSizeBytes = 6 * MIB + 100;
  const treeHash = treeHashOfNodes(leaves(0, 7), sha256);
  const claim = { archiveSizeBytes, treeHash };

  function check(list: readonly ManifestPartSummary[], changed: object = {}): void {
    checkCompletion(list, 2 * MIB, { ...claim, ...changed }, sha256);
  }

  it("takes parts that cover the archive, with size and hash of the whole", () => {
    check(parts);
  });

  it("takes one part of any size up to the part size", () => {
    for (const [leafCount, lastLeafBytes] of [
      [1, 1],
      [1, MIB],
      [2, 1],
      [2, MIB],
    ] as const) {
      const single = partsOf(leafCount, 2, lastLeafBytes);
      const size = (leafCount - 1) * MIB + lastLeafBytes;
      check(single, { archiveSizeBytes: size, treeHash: single[0]!.treeHash });
    }
  });

  it("refuses an upload without parts", () => {
    assert.throws(() => check([]), { ...refusal, message: "The multipart upload has no parts." });
  });

  it("refuses a missing first part and a gap, naming the missing bytes", () => {
    assert.throws(() => check(parts.slice(1)), {
      ...refusal,
      message: "The multipart upload is not complete: bytes 0-2097151 are missing.",
    });
    assert.throws(() => check(parts.toSpliced(1, 1)), {
      ...refusal,
      message: "The multipart upload is not complete: bytes 2097152-4194303 are missing.",
    });
  });

  it("refuses a short part that is not the last", () => {
    const short = { ...parts[0]!, sizeBytes: 2 * MIB - 1 };
    assert.throws(() => check(parts.with(0, short), { archiveSizeBytes: archiveSizeBytes - 1 }), {
      ...refusal,
      message:
        "The part 0-2097150 is shorter than the part size, 2097152; only the last part may be.",
    });
  });

  it("refuses a size one byte off in either direction before it looks at the hash", () => {
    for (const off of [-1, 1]) {
      assert.throws(
        () => check(parts, { archiveSizeBytes: archiveSizeBytes + off, treeHash: "00" }),
        {
          ...refusal,
          message: `Invalid x-amz-archive-size: ${archiveSizeBytes + off}. The parts add up to ${archiveSizeBytes} bytes.`,
        },
      );
    }
  });

  it("refuses another tree hash with the recorded text", () => {
    const other = formatHex(leaf(99));
    assert.throws(() => check(parts, { treeHash: other }), {
      ...refusal,
      message: `Invalid x-amz-sha256-tree-hash: ${other}`,
    });
  });

  it("finds the hash of the whole archive from its parts, whatever the part size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(1, 2, 4, 8, 16, 32, 64),
        fc.integer({ min: 1, max: MIB }),
        (leafCount, partMib, lastLeafBytes) => {
          const whole = {
            archiveSizeBytes: (leafCount - 1) * MIB + lastLeafBytes,
            treeHash: treeHashOfNodes(leaves(0, leafCount), sha256),
          };
          checkCompletion(partsOf(leafCount, partMib, lastLeafBytes), partMib * MIB, whole, sha256);
        },
      ),
    );
  });
});
