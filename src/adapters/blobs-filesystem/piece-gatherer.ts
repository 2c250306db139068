/** Puts together what comes in reads of any length, so that a file is written in whole pieces. */

/** What takes the pieces: one upload. */
export interface PieceTaker {
  /** How many bytes the next piece has at most; a piece starts there at a boundary of the file. */
  readonly pieceRoomBytes: number;
  /** Whether it takes no more bytes. */
  readonly failed: boolean;
  data(bytes: Uint8Array, moreFollow: boolean): void;
}

/**
 * Memory for pieces. So many connections at once have their own; others share one piece of it, and hand on each
 * read as it is, which costs more and needs no memory.
 */
export class PieceMemory {
  readonly pieceBytes: number;
  readonly shared: Uint8Array;
  readonly #free: Uint8Array[] = [];
  #leftCount: number;

  constructor(pieceBytes: number, countMax: number) {
    this.pieceBytes = pieceBytes;
    this.shared = new Uint8Array(pieceBytes);
    this.#leftCount = countMax;
  }

  /** Memory of a piece, to be released; `undefined` when all is taken. */
  take(): Uint8Array | undefined {
    const free = this.#free.pop();
    if (free !== undefined || this.#leftCount === 0) {
      return free;
    }
    this.#leftCount -= 1;
    return new Uint8Array(this.pieceBytes);
  }

  release(piece: Uint8Array): void {
    this.#free.push(piece);
  }
}

/** Gathers the bytes of one connection for one upload. */
export class PieceGatherer {
  readonly #memory: PieceMemory;
  readonly #taker: PieceTaker;
  readonly #own: Uint8Array | undefined;
  readonly #piece: Uint8Array;
  #filledBytes = 0;
  #fullBytes: number;

  constructor(memory: PieceMemory, taker: PieceTaker) {
    this.#memory = memory;
    this.#taker = taker;
    this.#own = memory.take();
    this.#piece = this.#own ?? memory.shared;
    this.#fullBytes = this.#nextFullBytes();
  }

  /** Where the next bytes go, until they are told by `filled`. */
  room(): Uint8Array {
    return this.#piece.subarray(this.#filledBytes, this.#fullBytes);
  }

  /** `count` bytes came into the room. False when no more are taken. */
  filled(count: number, moreFollow: boolean): boolean {
    this.#filledBytes += count;
    const isFull = this.#filledBytes === this.#fullBytes;
    if (isFull || !moreFollow || this.#own === undefined) {
      this.#handOn(moreFollow);
    }
    return !this.#taker.failed;
  }

  /** Nothing more comes into the room: hands on what is there, and gives the memory back. */
  end(): void {
    if (this.#filledBytes > 0) {
      this.#handOn(true);
    }
    if (this.#own !== undefined) {
      this.#memory.release(this.#own);
    }
  }

  #handOn(moreFollow: boolean): void {
    this.#taker.data(this.#piece.subarray(0, this.#filledBytes), moreFollow);
    this.#filledBytes = 0;
    this.#fullBytes = this.#nextFullBytes();
  }

  #nextFullBytes(): number {
    return Math.min(this.#memory.pieceBytes, this.#taker.pieceRoomBytes);
  }
}
