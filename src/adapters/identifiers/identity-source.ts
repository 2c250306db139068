/** Ids and secrets of identities, from randomness of `node:crypto`. */
import { randomBytes, randomInt } from "node:crypto";
import type { AccountId } from "../../domain/ids.ts";
import type { IdentitySource } from "../../ports/identity-source.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function createIdentitySource(): IdentitySource {
  return {
    // Never begins with 0, which spreadsheets and YAML would drop. The cast makes the brand.
    accountId: () => String(randomInt(10 ** 11, 10 ** 12)) as AccountId,
    // What clients recognise as the id of a user.
    userId: () => `AIDA${base32(17)}`,
    // A prefix of our own, so that such a key is never taken for one of AWS.
    accessKeyId: () => `MORA${base32(16)}`,
    // 30 bytes are 40 characters without padding.
    secretAccessKey: () => randomBytes(30).toString("base64"),
  };
}

/** Characters of 32, so that each takes 5 bits of a byte without bias. */
function base32(characters: number): string {
  return Array.from(randomBytes(characters), (byte) => BASE32[byte & 31]).join("");
}
