/**
 * Secrets under AES-256-GCM. Sealed bytes are a version, a random nonce, the tag and the ciphertext
 * (docs/format.md, "Sealed secrets"); a nonce of 96 random bits is safe for 2^32 secrets.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { SecretCipher } from "../../ports/secret-cipher.ts";
import { assert } from "../../std/assert.ts";
import { ENCRYPTION_KEY_BYTES } from "./encryption-key.ts";

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;
const ALGORITHM = "aes-256-gcm";
/** A key for this purpose alone is derived, so that the file may serve others as well. */
export const KEY_INFO = "moraine sealed secrets v1";

/** A cipher under the 32 bytes of the key file. */
export function createSecretCipher(fileKey: Uint8Array): SecretCipher {
  assert(
    fileKey.length === ENCRYPTION_KEY_BYTES,
    `an encryption key has ${ENCRYPTION_KEY_BYTES} bytes; got ${fileKey.length}`,
  );
  return cipherOfKey(Buffer.from(hkdfSync("sha256", fileKey, "", KEY_INFO, ENCRYPTION_KEY_BYTES)));
}

/** A cipher under a key that was derived for this purpose already. */
export function cipherOfKey(key: Uint8Array): SecretCipher {
  return {
    seal: (text, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      cipher.setAAD(Buffer.from(context));
      const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), encrypted]);
    },
    open: (sealed, context) => {
      if (sealed.length < HEAD_BYTES || sealed[0] !== VERSION) {
        return undefined;
      }
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES));
      const text = decipher.update(sealed.subarray(HEAD_BYTES));
      return finish(text, () => decipher.final());
    },
  };
}

/** `final` throws when the tag does not fit: nothing decrypted before may be used then. */
function finish(start: Buffer, final: () => Buffer): string | undefined {
  try {
    return Buffer.concat([start, final()]).toString("utf8");
  } catch {
    return undefined;
  }
}
