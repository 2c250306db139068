/** Bytes to store and their hashes, computed apart from the code under test. */
import { createHash } from "node:crypto";

const MIB = 1024 * 1024;

/**
 * Bytes `start` to `end` (exclusive) of the generator G of contract §3.5: the byte at offset i is
 * `(i*31 + floor(i/256)*17 + floor(i/65536)*7) mod 256`.
 */
export function generateBytes(start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start);
  for (let offset = start; offset < end; offset += 1) {
    const value = offset * 31 + Math.floor(offset / 256) * 17 + Math.floor(offset / 65_536) * 7;
    bytes[offset - start] = value % 256;
  }
  return bytes;
}

/** Lower-case hex SHA-256. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Lower-case hex tree hash (contract §3.1). */
export function treeHashHex(bytes: Uint8Array): string {
  const digest = (data: Uint8Array) => createHash("sha256").update(data).digest();
  let nodes: Buffer[] = [];
  for (let start = 0; start === 0 || start < bytes.length; start += MIB) {
    nodes.push(digest(bytes.subarray(start, start + MIB)));
  }
  while (nodes.length > 1) {
    const parents: Buffer[] = [];
    for (let index = 0; index < nodes.length; index += 2) {
      const pair = nodes.slice(index, index + 2);
      parents.push(pair.length === 1 ? Buffer.concat(pair) : digest(Buffer.concat(pair)));
    }
    nodes = parents;
  }
  return Buffer.concat(nodes).toString("hex");
}
