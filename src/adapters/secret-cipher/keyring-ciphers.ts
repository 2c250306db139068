/** Secrets and texts under the keys of a keyring: sealed with the current one, opened with any of them. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { KeyId, Keyring, MasterKey } from "../../ports/keyring.ts";
import type { SecretCipher } from "../../ports/secret-cipher.ts";
import { isSealedText, SEALED_TEXT_MARK, type TextCipher } from "../../ports/text-cipher.ts";
import {
  concatBytes,
  findBase64urlBytes,
  formatBase64url,
  formatHex,
  parseHex,
} from "../../std/bytes.ts";
import { cipherOfKey, KEY_INFO } from "./aes-secret-cipher.ts";

const TEXT_PURPOSE = "moraine sealed texts v1";
const VERSION = 1;
const KEY_ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
const ALGORITHM = "aes-256-gcm";

/** A cipher of secrets that follows the keyring. */
export interface RotatingCipher extends SecretCipher {
  /** What is to be stored instead; `undefined` for what the current key sealed, and for what no key opens. */
  reseal(sealed: Uint8Array, context: string): Uint8Array | undefined;
}

export function createKeyringCipher(keyring: Keyring): RotatingCipher {
  const current = () => cipherOfKey(keyring.current.derive(KEY_INFO));
  const retiring = () => keyring.retiring && cipherOfKey(keyring.retiring.derive(KEY_INFO));
  return {
    seal: (text, context) => current().seal(text, context),
    open: (sealed, context) => current().open(sealed, context) ?? retiring()?.open(sealed, context),
    reseal: (sealed, context) => {
      if (current().open(sealed, context) !== undefined) {
        return undefined;
      }
      const text = retiring()?.open(sealed, context);
      return text === undefined ? undefined : current().seal(text, context);
    },
  };
}

/** See docs/format.md, "Sealed texts". */
export function createTextCipher(keyring: Keyring): TextCipher {
  return {
    seal: (text, context) => SEALED_TEXT_MARK + formatBase64url(sealText(text, context, keyring)),
    open: (stored, context) =>
      openSealedText(stored, context, (keyId) => {
        const key = keyring.find(keyId);
        return key && deriveTextKey(key);
      }),
    isCurrent: (stored) => keyIdOf(bytesOf(stored)) === keyring.current.keyId,
  };
}

/** A text is sealed under a master key that is not at hand. */
export class MissingTextKey extends Error {
  override readonly name = "MissingTextKey";
  readonly keyId: KeyId;

  constructor(keyId: KeyId, context: string) {
    super(cantDecrypt(context));
    this.keyId = keyId;
  }
}

/** The key that texts are sealed with under `key`: it opens them and nothing else. */
export function deriveTextKey(key: MasterKey): Uint8Array {
  return key.derive(TEXT_PURPOSE);
}

/**
 * The text of what is stored, also of what was stored unsealed. Throws `MissingTextKey` when `findTextKey`, asked for
 * what `deriveTextKey` made, has none, and an error for what was changed since it was sealed.
 */
export function openSealedText(
  stored: string,
  context: string,
  findTextKey: (keyId: KeyId) => Uint8Array | undefined,
): string {
  if (!isSealedText(stored)) {
    return stored;
  }
  const text = openText(bytesOf(stored), context, findTextKey);
  if (text === undefined) {
    throw new Error(cantDecrypt(context));
  }
  return text;
}

function cantDecrypt(context: string): string {
  return `the text of ${context} can't be decrypted: it was changed, or its key is gone`;
}

function sealText(text: string, context: string, { current }: Keyring): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, deriveTextKey(current), nonce);
  cipher.setAAD(Buffer.from(context));
  const encrypted = [cipher.update(text, "utf8"), cipher.final()];
  const head = [Uint8Array.of(VERSION), parseHex(current.keyId), nonce];
  return concatBytes([...head, ...encrypted, cipher.getAuthTag()]);
}

function openText(
  sealed: Uint8Array | undefined,
  context: string,
  findTextKey: (keyId: KeyId) => Uint8Array | undefined,
): string | undefined {
  const keyId = keyIdOf(sealed);
  if (sealed === undefined || keyId === undefined) {
    return undefined;
  }
  const key = findTextKey(keyId);
  if (key === undefined) {
    throw new MissingTextKey(keyId, context);
  }
  const nonce = sealed.subarray(HEAD_BYTES - NONCE_BYTES, HEAD_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const text = decipher.update(sealed.subarray(HEAD_BYTES, sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

function bytesOf(stored: string): Uint8Array | undefined {
  return isSealedText(stored)
    ? findBase64urlBytes(stored.slice(SEALED_TEXT_MARK.length))
    : undefined;
}

function keyIdOf(sealed: Uint8Array | undefined): KeyId | undefined {
  const isSound =
    sealed !== undefined && sealed.length >= HEAD_BYTES + TAG_BYTES && sealed[0] === VERSION;
  // 16 bytes in hex are a key id.
  return isSound ? (formatHex(sealed.subarray(1, 1 + KEY_ID_BYTES)) as KeyId) : undefined;
}
