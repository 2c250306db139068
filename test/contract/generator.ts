/** The byte generator G of contract §3.5. */

/** `G[sizeBytes]`: the first bytes of G. */
export function generatorBytes(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let i = 0; i < sizeBytes; i += 1) {
    bytes[i] = (i * 31 + Math.floor(i / 256) * 17 + Math.floor(i / 65_536) * 7) % 256;
  }
  return bytes;
}
