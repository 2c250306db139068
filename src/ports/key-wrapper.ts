/**
 * A service that keeps a key no one else sees, and encrypts master keys with it. Asked once at a start and once for
 * each new master key, never for a blob.
 */
export interface KeyWrapper {
  /** Which key of the service it is, as it is to be stored. */
  readonly wrappingKeyId: string;
  /** `key` encrypted, for `context` alone. Throws `KeyWrapperError`. */
  wrap(key: Uint8Array, context: string): Promise<Uint8Array>;
  /** What `wrap` was given. Throws `KeyWrapperError`. */
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>;
}

/** The service can't be asked, or refuses; the message says which, what was asked and why. */
export class KeyWrapperError extends Error {
  override readonly name = "KeyWrapperError";
}
