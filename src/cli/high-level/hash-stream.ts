/** Hashes of a stream of any length, in memory that grows with the logarithm of its length. */
import { createHash } from "node:crypto";
import type { HashHex } from "../../domain/archive.ts";
import type { ByteRange } from "../../domain/byte-range.ts";
import { LEAF_BYTES } from "../../domain/limits.ts";
import { concatBytes, formatHex } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";

/** What is hashed besides the whole. */
export interface HashStreamOptions {
  /** Whether the linear SHA-256 is wanted too; it doubles the work. */
  readonly isLinearWanted: boolean;
  /** A power of two from 1 MiB on: the tree hash of each part of this size is told, in order. */
  readonly partSizeBytes: number | undefined;
  onPart(range: ByteRange, treeHash: HashHex): void;
}

export interface StreamHashes {
  readonly sizeBytes: number;
  readonly treeHash: HashHex;
  /** Linear SHA-256, where it was wanted. */
  readonly sha256: HashHex | undefined;
}

/** Reads `source` to its end. Rejects with what `source` fails with; parts told by then stay told. */
export async function hashStream(
  source: AsyncIterable<Uint8Array>,
  { isLinearWanted, partSizeBytes = Number.POSITIVE_INFINITY, onPart }: HashStreamOptions,
): Promise<StreamHashes> {
  const linear = isLinearWanted ? createHash("sha256") : undefined;
  const whole = createTree();
  let part = createTree();
  let partStart = 0;
  let sizeBytes = 0;
  const endPart = () => {
    if (partSizeBytes !== Number.POSITIVE_INFINITY) {
      onPart({ start: partStart, endExclusive: sizeBytes }, part.root());
    }
    partStart = sizeBytes;
    part = createTree();
  };
  for await (const leaf of digestLeaves(source, (chunk) => linear?.update(chunk))) {
    sizeBytes += leaf.sizeBytes;
    whole.add(leaf.digest);
    part.add(leaf.digest);
    if (sizeBytes - partStart === partSizeBytes) {
      endPart();
    }
  }
  if (sizeBytes > partStart) {
    endPart();
  }
  const linearDigest = linear?.digest("hex");
  return { sizeBytes, treeHash: whole.root(), sha256: linearDigest };
}

interface Leaf {
  readonly digest: Uint8Array;
  readonly sizeBytes: number;
}

/** The digest of each MiB, whatever chunks it comes in; nothing has one leaf, the hash of nothing. */
async function* digestLeaves(
  source: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): AsyncGenerator<Leaf> {
  let hash = createHash("sha256");
  let leafBytes = 0;
  let isFirst = true;
  for await (const chunk of source) {
    onChunk(chunk);
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + LEAF_BYTES - leafBytes);
      hash.update(piece);
      at += piece.length;
      leafBytes += piece.length;
      if (leafBytes === LEAF_BYTES) {
        yield { digest: hash.digest(), sizeBytes: leafBytes };
        hash = createHash("sha256");
        leafBytes = 0;
        isFirst = false;
      }
    }
  }
  if (leafBytes > 0 || isFirst) {
    yield { digest: hash.digest(), sizeBytes: leafBytes };
  }
}

/** A tree that grows by one leaf at a time and keeps only the roots of its full, still unpaired subtrees. */
interface Tree {
  add(leaf: Uint8Array): void;
  /** Lower-case hex of the root over all leaves so far, of which there is at least one. */
  root(): HashHex;
}

function createTree(): Tree {
  const subtrees: { digest: Uint8Array; leafCount: number }[] = [];
  return {
    add(leaf) {
      let node = { digest: leaf, leafCount: 1 };
      for (let left = subtrees.at(-1); left?.leafCount === node.leafCount; ) {
        node = { digest: hashPair(left.digest, node.digest), leafCount: 2 * node.leafCount };
        subtrees.pop();
        left = subtrees.at(-1);
      }
      subtrees.push(node);
    },
    // An odd last node is carried up unchanged (contract §3.1) until its next larger neighbour takes it in.
    root: () =>
      formatHex(
        subtrees.map(({ digest }) => digest).reduceRight((right, left) => hashPair(left, right)),
      ),
  };
}

function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes([left, right]));
}
