/** Bytes to archive, with the hashes that a client has to state for them (contract §3.1). */
import { createCipheriv, createHash, hash } from "node:crypto";

export const MIB = 1024 * 1024;

export interface Payload {
  readonly bytes: Buffer;
  /** Lower-case hex of the SHA-256 of all bytes. */
  readonly sha256: string;
  readonly treeHash: string;
}

/** `sizeBytes` bytes that look random and are the same for the same `seed`. */
export function makePayload(sizeBytes: number, seed: number | string): Payload {
  const key = createHash("sha256").update(`payload ${seed}`).digest().subarray(0, 16);
  const cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  return describePayload(cipher.update(Buffer.alloc(sizeBytes)));
}

/** `bytes` with their hashes. */
export function describePayload(bytes: Buffer): Payload {
  return { bytes, sha256: sha256Of(bytes), treeHash: treeHashOf(bytes) };
}

export function sha256Of(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

/** The tree hash over leaves of one MiB, in lower-case hex. */
export function treeHashOf(bytes: Uint8Array): string {
  const leaves: Buffer[] = [];
  for (let start = 0; start === 0 || start < bytes.length; start += MIB) {
    leaves.push(hash("sha256", bytes.subarray(start, start + MIB), "buffer"));
  }
  return rootOf(leaves).toString("hex");
}

/** The tree hash of an archive from those of its parts, all but the last of which are full. */
export function combineTreeHashes(partTreeHashes: readonly string[]): string {
  return rootOf(partTreeHashes.map((text) => Buffer.from(text, "hex"))).toString("hex");
}

function rootOf(nodes: readonly Buffer[]): Buffer {
  let level = nodes;
  while (level.length > 1) {
    const pairs: Buffer[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const pair = level.slice(index, index + 2);
      pairs.push(pair.length === 2 ? hash("sha256", Buffer.concat(pair), "buffer") : pair[0]!);
    }
    level = pairs;
  }
  return level[0]!;
}
