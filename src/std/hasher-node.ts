/** SHA-256 and HMAC on `node:crypto`. */
import { createHmac, hash } from "node:crypto";

/** SHA-256, one shot: 32 bytes. By way of a string, since a buffer from `hash` costs more than the hash. */
export function sha256(data: Uint8Array): Uint8Array {
  return Buffer.from(hash("sha256", data, "latin1"), "latin1");
}

/** SHA-256 in a thread of the runtime's pool: 32 bytes. It copies `data` first. */
export async function sha256Aside(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/** HMAC-SHA-256: 32 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  if (key.length > BLOCK_BYTES || data.length > DATA_MAX_BYTES) {
    return Buffer.from(createHmac("sha256", key).update(data).digest("latin1"), "latin1");
  }
  padKey(key);
  inner.set(data, BLOCK_BYTES);
  const digest = hash("sha256", inner.subarray(0, BLOCK_BYTES + data.length), "latin1");
  outer.write(digest, BLOCK_BYTES, "latin1");
  const mac = hash("sha256", outer, "latin1");
  // What the next call overwrites anyway must not stay until then: it is as good as the key.
  inner.fill(0);
  outer.fill(0);
  return Buffer.from(mac, "latin1");
}

/** Of SHA-256. */
const BLOCK_BYTES = 64;
/** As long as any text that signatures are made over. */
const DATA_MAX_BYTES = 448;
const HASH_BYTES = 32;

/**
 * What the two hashes of an HMAC are made over (RFC 2104): a padded key, then the data, or the hash of the first. Two
 * one-shot hashes take half the time of one object of `createHmac`.
 */
const inner = Buffer.alloc(BLOCK_BYTES + DATA_MAX_BYTES);
const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES);

function padKey(key: Uint8Array): void {
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    const byte = key[index] ?? 0;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
}

/** MD5: 16 bytes. Only for protocols that ask for it; it protects nothing. */
export function md5(data: Uint8Array): Uint8Array {
  return hash("md5", data, "buffer");
}
