/** Reads the file of a blob in a thread of somebody else, who imports it by the URL that file-place.ts tells. */
import { LEAF_BYTES } from "../../domain/limits.ts";
import type { LeafReader, OpenLeaves } from "../../ports/blob-place.ts";
import { truncatedFile } from "./blob-errors.ts";
import type { FileFacts } from "./file-place.ts";
import { nodeFiles } from "./files.ts";
import { type SealedBlob, segmentCount } from "./sealed-format.ts";
import { readSegment } from "./worker-segments.ts";

/** See `OpenLeaves`; `facts` are those of `placeOfFile`. Throws the file system's errors and blob-errors.ts's. */
export const openLeaves: OpenLeaves = (facts) => {
  // Nobody else makes them.
  const { path, sealed } = facts as FileFacts;
  const fd = nodeFiles.openSync(path, "r");
  return {
    read: (leaf, target) =>
      sealed === undefined ? readPlain(fd, leaf, target) : readSealed(fd, sealed, leaf, target),
    close: () => nodeFiles.closeSync(fd),
  } satisfies LeafReader;
};

function readPlain(fd: number, leaf: number, target: Uint8Array): void {
  for (let filled = 0; filled < target.length; ) {
    const position = leaf * LEAF_BYTES + filled;
    const count = nodeFiles.readSync(fd, target, filled, target.length - filled, position);
    if (count === 0) {
      throw truncatedFile(`the file ends at ${position}, before leaf ${leaf} does`);
    }
    filled += count;
  }
}

/** A leaf consists of whole segments. */
function readSealed(fd: number, blob: SealedBlob, leaf: number, target: Uint8Array): void {
  const first = (leaf * LEAF_BYTES) / blob.segmentBytes;
  for (let filled = 0; filled < target.length; ) {
    const index = first + filled / blob.segmentBytes;
    if (index >= segmentCount(blob)) {
      throw truncatedFile(`blob ${blob.blobId} has no segment ${index}`);
    }
    const bytes = readSegment(nodeFiles, { fd, blob, index });
    const wanted = bytes.subarray(0, target.length - filled);
    target.set(wanted, filled);
    filled += wanted.length;
  }
}
