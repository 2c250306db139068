/** The bytes of a body on their way in. */

/** Every chunk once, in order. Chunks may be reused by the source as soon as the next one is asked for. */
export interface BodyBytes extends AsyncIterable<Uint8Array> {
  /**
   * Hands out the connection of a body, whose next bytes then come through no chunk until it is given back. Asked
   * between two chunks; `undefined` when there is nothing to hand out. At most once in the life of a body.
   */
  detach?(): DetachedBytes | undefined;
}

/** Bytes of a body that are still in its connection. Whoever holds this gives it back exactly once. */
export interface DetachedBytes {
  /** The connection, which doesn't block. It stays open until it is given back, and is not for the holder to close. */
  readonly descriptor: number;
  /** So many bytes belong to the body and must be received, not one more. */
  readonly sizeBytes: number;
  /** How long a client may send nothing. */
  readonly idleTimeoutMs: number;
  /** Aborted when the connection is closed at this end: nothing is to be received any more. */
  readonly signal: AbortSignal;
  /** The next chunk is what comes after the bytes received, or the end, or the error that ends the body. */
  giveBack(received: ReceivedBytes): void;
}

/** How receiving ended: by the last byte, or before for a reason that the connection tells by itself, or … */
export interface ReceivedBytes {
  /** `undefined` when nobody knows any more: the connection is of no use then. */
  readonly sizeBytes: number | undefined;
  /** … because the client sent nothing for the idle limit. */
  readonly isIdle: boolean;
}
