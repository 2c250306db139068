/** A range of an open file, for whoever can do more with a descriptor than read. */
export interface FileRange {
  /** Stays open until the range is closed. */
  readonly descriptor: number;
  readonly start: number;
  readonly endExclusive: number;
  /** The bytes from position `from` on to the end, as `BlobStore.read` gives and refuses them. */
  readFrom(from: number): AsyncIterable<Uint8Array>;
  /** Called once, when the descriptor is no longer used. */
  close(): Promise<void>;
}
