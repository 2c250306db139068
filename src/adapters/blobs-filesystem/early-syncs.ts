/** When the uploads of one worker may sync bytes before their last. */

/**
 * One early sync at a time: each occupies a thread of the pool that the whole process shares, and small blobs wait
 * for one of these.
 */
export class EarlySyncs {
  /** An upload has so many bytes that were not synced before it asks. */
  readonly everyBytes: number;
  #isBusy = false;

  constructor(everyBytes: number) {
    this.everyBytes = everyBytes;
  }

  /** False while another one is under way; else `end` must be called. */
  tryBegin(): boolean {
    if (this.#isBusy) {
      return false;
    }
    this.#isBusy = true;
    return true;
  }

  end(): void {
    this.#isBusy = false;
  }
}
