/**
 * Keeps secrets from whoever reads the metadata without the key. Sealed bytes carry their own version;
 * sealing the same text twice gives different bytes.
 */
export interface SecretCipher {
  /** Encrypts `text`, tied to `context`: what it belongs to. */
  seal(text: string, context: string): Uint8Array;
  /** The text; `undefined` when the bytes were changed, or sealed with another key or context. */
  open(sealed: Uint8Array, context: string): string | undefined;
}
