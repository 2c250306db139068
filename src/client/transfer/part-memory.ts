/** Memory that parts are read into: bounded, and used over and over. */

export interface PartMemory {
  /** Memory for `sizeBytes`, perhaps longer; `undefined` when there is none within the bounds now. */
  acquire(sizeBytes: number): Uint8Array | undefined;
  /** Gives it back for the next part. */
  release(memory: Uint8Array): void;
  /** Gives it back unused, because a broken request may still read it. */
  discard(memory: Uint8Array): void;
}

export interface PartMemoryBounds {
  /** Of all pieces together, those that wait for the next part included. */
  readonly totalBytes: number;
  /** Of one piece. */
  readonly pieceBytes: number;
}

const SMALLEST_BYTES = 64 * 1024;

/** Without garbage: a collector that runs late would let the process grow beyond every bound. */
export function createPartMemory({ totalBytes, pieceBytes }: PartMemoryBounds): PartMemory {
  let allocatedBytes = 0;
  const free: Uint8Array[] = [];
  const makeRoom = (neededBytes: number) => {
    while (free.length > 0 && allocatedBytes + neededBytes > totalBytes) {
      allocatedBytes -= free.shift()?.length ?? 0;
    }
    return allocatedBytes + neededBytes <= totalBytes;
  };
  return {
    acquire: (sizeBytes) => {
      if (sizeBytes > pieceBytes) {
        return undefined;
      }
      const capacity = Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(sizeBytes)));
      const index = free.findLastIndex(({ length }) => length === capacity);
      if (index !== -1) {
        return free.splice(index, 1)[0];
      }
      if (!makeRoom(capacity)) {
        return undefined;
      }
      allocatedBytes += capacity;
      return Buffer.allocUnsafeSlow(capacity);
    },
    release: (memory) => {
      free.push(memory);
    },
    discard: (memory) => {
      allocatedBytes -= memory.length;
    },
  };
}
