/** Re-hashing stored leaves inside a blob worker, one leaf per turn so that uploads are not held up. */
import { hash } from "node:crypto";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import { truncatedFile } from "./blob-errors.ts";
import type { ThreadFiles } from "./files.ts";
import type { LeafRequest } from "./worker-messages.ts";

/**
 * SHA-256 of each leaf asked for, 32 bytes each. Only the last one may be short; a leaf without a byte is
 * the hash of nothing when it is the first of the file, else the file is truncated. `buffer` holds one leaf.
 */
export async function hashLeavesOf(
  files: ThreadFiles,
  request: LeafRequest,
  buffer: Uint8Array,
): Promise<Uint8Array> {
  const leaves = new Uint8Array(request.leafCount * DIGEST_BYTES);
  const fd = files.openSync(request.path, "r");
  try {
    for (let index = 0; index < request.leafCount; index += 1) {
      const leaf = request.firstLeaf + index;
      const length = readLeaf(files, fd, leaf, buffer);
      const isLast = index === request.leafCount - 1;
      if (length < LEAF_BYTES && !(isLast && (length > 0 || leaf === 0))) {
        throw truncatedFile(`${request.path} ends within leaf ${leaf}`);
      }
      leaves.set(hash("sha256", buffer.subarray(0, length), "buffer"), index * DIGEST_BYTES);
      await nextTurn();
    }
  } finally {
    files.closeSync(fd);
  }
  return leaves;
}

function readLeaf(files: ThreadFiles, fd: number, leaf: number, buffer: Uint8Array): number {
  let length = 0;
  while (length < LEAF_BYTES) {
    const count = files.readSync(
      fd,
      buffer,
      length,
      LEAF_BYTES - length,
      leaf * LEAF_BYTES + length,
    );
    if (count === 0) {
      break;
    }
    length += count;
  }
  return length;
}

/** Lets the other work of this worker have its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
