/** A range of an open file, and the connection that it goes to. */
export interface FileToSend {
  /** Of a connection that carries bytes as they are, written to by nobody else until the sending has ended. */
  readonly socketDescriptor: number;
  /** Stays open until the sending has ended. */
  readonly fileDescriptor: number;
  readonly start: number;
  readonly endExclusive: number;
}

/** A sending under way. */
export interface FileSending {
  /**
   * Resolves with how many bytes the connection took: fewer than asked for when it broke, when the file ended or could
   * not be read, and after `cancel`. Never rejects.
   */
  readonly ended: Promise<number>;
  /** How many bytes the connection has taken so far. */
  sentBytes(): number;
  /** Ends the sending soon, and the connection with it; nothing when it has ended. */
  cancel(): void;
}

/**
 * Sends ranges of files over connections without the process touching their bytes, and without a thread being held by
 * a reader that is slow. Any number of sendings may be under way, on different connections.
 */
export interface FileSender {
  /** Throws when the descriptors can't be used so; nothing was sent then. */
  start(file: FileToSend): FileSending;
}
