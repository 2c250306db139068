/** Small bodies: gathered in memory, so that their bytes are committed together with the part that names them. */
import type { BlobId } from "../../domain/ids.ts";
import { SMALL_BLOB_MAX_BYTES, SMALL_BODIES_GATHERED_MAX_BYTES } from "../../domain/limits.ts";
import { concatBytes, formatHex } from "../../std/bytes.ts";
import type { Sha256 } from "../../std/hasher.ts";
import { bodyTooLong, compareBody } from "./compare-body.ts";
import type { IncomingBody, StoredBlob } from "./store-blob.ts";

/** Admits bodies to memory, up to a sum that many slow senders can't exceed. */
export interface GatheringRoom {
  /** Whether a body of `sizeBytes` may be gathered; if so, `leave` gives the room back. */
  enter(sizeBytes: number): boolean;
  leave(sizeBytes: number): void;
}

export function createGatheringRoom(
  maxBytes: number = SMALL_BODIES_GATHERED_MAX_BYTES,
): GatheringRoom {
  let takenBytes = 0;
  return {
    enter(sizeBytes) {
      if (sizeBytes > SMALL_BLOB_MAX_BYTES || takenBytes + sizeBytes > maxBytes) {
        return false;
      }
      takenBytes += sizeBytes;
      return true;
    },
    leave(sizeBytes) {
      takenBytes -= sizeBytes;
    },
  };
}

/**
 * Receives the body and compares it. Nothing is stored: a crash from here to the commit of the metadata leaves
 * nothing. A body of at most one MiB has one leaf, which is its linear hash and its tree hash as well.
 */
export async function gatherSmall(
  { body, expected }: IncomingBody,
  { blobId, sha256 }: { readonly blobId: BlobId; readonly sha256: Sha256 },
): Promise<StoredBlob> {
  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  for await (const chunk of body) {
    receivedBytes += chunk.length;
    if (receivedBytes > expected.sizeBytes) {
      throw bodyTooLong(expected);
    }
    // Not `slice`: that of a Buffer does not copy.
    chunks.push(new Uint8Array(chunk));
  }
  const [first = new Uint8Array(0)] = chunks;
  const bytes = chunks.length === 1 ? first : concatBytes(chunks);
  const leaves = sha256(bytes);
  const hash = formatHex(leaves);
  compareBody({ sizeBytes: receivedBytes, sha256: hash, treeHash: hash }, expected);
  return { blobId, sizeBytes: receivedBytes, sha256: hash, treeHash: hash, leaves, row: bytes };
}
