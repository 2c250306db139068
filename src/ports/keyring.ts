/** The master keys that what is stored is encrypted with. */

/** Names a master key without telling it: 32 hex digits. */
export type KeyId = string & { readonly keyId: unique symbol };

export interface MasterKey {
  readonly keyId: KeyId;
  /** 32 bytes for one purpose alone, always the same; nothing can be concluded from them on the others. */
  derive(purpose: string): Uint8Array;
}

/**
 * The keys at hand. Everything new is encrypted with `current`; what an earlier key encrypted stays readable as long
 * as that key is here. Both may change while the service runs, when the keys are rotated.
 */
export interface Keyring {
  readonly current: MasterKey;
  /** The earlier key, while a rotation away from it goes on. */
  readonly retiring: MasterKey | undefined;
  find(keyId: KeyId): MasterKey | undefined;
}
