/** Putting what the metadata keep sealed under another key. Every call is one transaction. */
export interface SealedStore {
  /**
   * Seals up to `limit` texts with the current key, beginning behind `position`; plain ones too. `next` is where to
   * go on, `undefined` at the end; `changed` says how many were not under the current key.
   */
  resealTexts(
    position: ResealPosition | undefined,
    limit: number,
  ): Promise<{ readonly next: ResealPosition | undefined; readonly changed: number }>;
  /**
   * Replaces the check and all sealed secrets by what `reseal` makes of them, `undefined` for what is to stay.
   * Resolves with how many changed.
   */
  resealSecrets(
    reseal: (sealed: Uint8Array, context: string) => Uint8Array | undefined,
  ): Promise<number>;
}

export interface ResealPosition {
  readonly table: "archives" | "uploads" | "jobs";
  /** The id of the last row seen; before all rows when it is `undefined`. */
  readonly id: Uint8Array | undefined;
}

/** What the check is sealed for. */
export const CHECK_CONTEXT = "check";
