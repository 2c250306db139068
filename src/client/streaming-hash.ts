/** Linear SHA-256 and tree hash in one pass, in memory that grows with the logarithm of the length only. */
import { createHash, type Hash } from "node:crypto";
import { LEAF_BYTES } from "../domain/limits.ts";
import { treeHashOfNodes } from "../domain/tree-hash.ts";
import { concatBytes, findHexBytes, formatHex } from "../std/bytes.ts";
import { sha256 } from "../std/hasher-node.ts";

/** What an upload states of its bytes; both in lower-case hex. */
export interface ContentHashes {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly treeHash: string;
}

/** Takes bytes in pieces of any size; `digest` ends it. */
export interface StreamingHash {
  update(bytes: Uint8Array): void;
  digest(): ContentHashes;
}

/** The root over 2^height leaves. */
interface Subtree {
  readonly height: number;
  readonly root: Uint8Array;
}

export function createStreamingHash(): StreamingHash {
  return new CryptoStreamingHash();
}

class CryptoStreamingHash implements StreamingHash {
  readonly #linear = createHash("sha256");
  #leaf: Hash = createHash("sha256");
  #leafBytes = 0;
  #sizeBytes = 0;
  /** Full subtrees from the left, of falling heights: the binary digits of the number of whole leaves. */
  readonly #subtrees: Subtree[] = [];

  update(bytes: Uint8Array): void {
    this.#linear.update(bytes);
    this.#sizeBytes += bytes.length;
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#leafBytes === LEAF_BYTES) {
        this.#endLeaf();
      }
      const end = Math.min(bytes.length, offset + LEAF_BYTES - this.#leafBytes);
      this.#leaf.update(bytes.subarray(offset, end));
      this.#leafBytes += end - offset;
      offset = end;
    }
  }

  digest(): ContentHashes {
    // An odd last node is carried up unchanged, so what is left over joins from the right.
    const root = this.#subtrees.reduceRight(
      (right, { root: left }) => parentOf(left, right),
      new Uint8Array(this.#leaf.digest()),
    );
    return {
      sizeBytes: this.#sizeBytes,
      sha256: this.#linear.digest("hex"),
      treeHash: formatHex(root),
    };
  }

  #endLeaf(): void {
    let node: Subtree = { height: 0, root: this.#leaf.digest() };
    for (let last = this.#subtrees.at(-1); last?.height === node.height; ) {
      this.#subtrees.pop();
      node = { height: node.height + 1, root: parentOf(last.root, node.root) };
      last = this.#subtrees.at(-1);
    }
    this.#subtrees.push(node);
    this.#leaf = createHash("sha256");
    this.#leafBytes = 0;
  }
}

function parentOf(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const root = findHexBytes(treeHashOfNodes(concatBytes([left, right]), sha256));
  return new Uint8Array(root ?? []);
}
