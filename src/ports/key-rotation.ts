/** A store whose data keys can be put under another master key. */

export interface RewrapSums {
  /** Data keys that were put under the current key. */
  readonly rewrapped: number;
  /** Blobs that no key opens; the rotation can't harm them any more. */
  readonly damaged: number;
}

export interface KeyRotation {
  /**
   * Puts every data key that is stored under the keyring's current key; the bytes stay as they are. Begins after
   * the keyring changed: what is written meanwhile is under the current key anyhow. May be repeated, also after a
   * crash. Resolves when all that can be opened is under the current key, durably. `progress` is told the sums so
   * far. Throws the storage's errors and the reason of `signal`.
   */
  rewrap(signal: AbortSignal, progress: (sums: RewrapSums) => Promise<void>): Promise<RewrapSums>;
}
