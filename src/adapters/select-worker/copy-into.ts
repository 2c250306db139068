/** Bytes on their way to another thread and, with their buffer, back. */

/** A copy of `bytes` in `buffer`, or in a new one when they do not fit. */
export function copyInto(buffer: ArrayBuffer, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const target = buffer.byteLength < bytes.length ? new ArrayBuffer(bytes.length) : buffer;
  const copy = new Uint8Array(target, 0, bytes.length);
  copy.set(bytes);
  return copy;
}
