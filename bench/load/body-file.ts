/** The bytes that bodies are cut from, and the hashes of such bodies, computed once. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { combineTreeHashes, MIB, makePayload, sha256Of } from "../../test/support/payload.ts";

/** Small enough to stay in the page cache beside everything else. */
const FILE_BYTES = 64 * MIB;

/** A body from the start of the file, which repeats itself beyond its end. */
export interface Body {
  readonly sizeBytes: number;
  /** Lower-case hex, as `treeHash`. */
  readonly sha256: string;
  readonly treeHash: string;
}

export interface BodyFile {
  readonly path: string;
  /** The body of `sizeBytes`; its hashes are computed the first time. */
  body(sizeBytes: number): Body;
  /** Its bytes, piece after piece. */
  pieces(sizeBytes: number): Iterable<Buffer>;
}

/** Makes the file at `path`, of bytes that look random. */
export function makeBodyFile(path: string): BodyFile {
  const { bytes } = makePayload(FILE_BYTES, "bench");
  writeFileSync(path, bytes);
  const known = new Map<number, Body>();
  const pieces = function* (sizeBytes: number) {
    for (let start = 0; start < sizeBytes; start += MIB) {
      const offset = start % FILE_BYTES;
      yield bytes.subarray(offset, offset + Math.min(MIB, sizeBytes - start));
    }
  };
  return {
    path,
    pieces,
    body(sizeBytes) {
      const body = known.get(sizeBytes) ?? describeBody(pieces(sizeBytes), sizeBytes);
      known.set(sizeBytes, body);
      return body;
    },
  };
}

function describeBody(pieces: Iterable<Buffer>, sizeBytes: number): Body {
  const linear = createHash("sha256");
  const leaves: string[] = [];
  for (const piece of pieces) {
    linear.update(piece);
    leaves.push(sha256Of(piece));
  }
  return { sizeBytes, sha256: linear.digest("hex"), treeHash: combineTreeHashes(leaves) };
}
