/** Encrypts a blob while it is written: bytes in pieces of any size, segments out. */
import type { BlobId } from "../../domain/ids.ts";
import { SEGMENT_BYTES, sealSegment } from "./sealed-format.ts";

/** What encrypts one blob; the data key is used for nothing else. */
export interface BlobSeal {
  readonly blobId: BlobId;
  readonly dataKey: Uint8Array;
}

/**
 * Which segment is the last is part of its encryption, so a segment is sealed only when it is known whether bytes
 * follow. One that arrives whole is sealed in place; others are gathered in a buffer of one segment.
 */
export class SegmentSealer {
  readonly #seal: BlobSeal;
  #pending: Uint8Array | undefined;
  #pendingBytes = 0;
  #sealedBytes = 0;
  #index = 0;

  constructor(seal: BlobSeal) {
    this.#seal = seal;
  }

  /** What to write after what was returned before; `moreFollow` tells that these are not the last bytes. */
  update(bytes: Uint8Array, moreFollow: boolean): readonly Uint8Array[] {
    const sealed: Uint8Array[] = [];
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#pendingBytes === SEGMENT_BYTES) {
        sealed.push(...this.#next(this.#takePending(), false));
      }
      const isWhole = rest.length > SEGMENT_BYTES || (rest.length === SEGMENT_BYTES && moreFollow);
      if (this.#pendingBytes === 0 && isWhole) {
        sealed.push(...this.#next(rest.subarray(0, SEGMENT_BYTES), false));
        rest = rest.subarray(SEGMENT_BYTES);
      } else {
        rest = this.#gather(rest);
      }
    }
    return sealed;
  }

  /** The last segment, which may be empty when the blob is. */
  finish(): readonly Uint8Array[] {
    return this.#next(this.#takePending(), true);
  }

  #gather(bytes: Uint8Array): Uint8Array {
    const room = SEGMENT_BYTES - this.#pendingBytes;
    const piece = bytes.subarray(0, room);
    this.#pending ??= new Uint8Array(SEGMENT_BYTES);
    this.#pending.set(piece, this.#pendingBytes);
    this.#pendingBytes += piece.length;
    return bytes.subarray(piece.length);
  }

  #takePending(): Uint8Array {
    const bytes = this.#pending?.subarray(0, this.#pendingBytes) ?? new Uint8Array(0);
    this.#pendingBytes = 0;
    return bytes;
  }

  #next(bytes: Uint8Array, isFinal: boolean): readonly Uint8Array[] {
    const index = this.#index;
    this.#index += 1;
    this.#sealedBytes += bytes.length;
    const finalSizeBytes = isFinal ? this.#sealedBytes : undefined;
    const { blobId, dataKey } = this.#seal;
    return sealSegment(bytes, dataKey, { blobId, index, finalSizeBytes });
  }
}
