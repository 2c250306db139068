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
  return Buffer.from(createHmac("sha256", key).update(data).digest("latin1"), "latin1");
}

/** MD5: 16 bytes. Only for protocols that ask for it; it protects nothing. */
export function md5(data: Uint8Array): Uint8Array {
  return hash("md5", data, "buffer");
}
