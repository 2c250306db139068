/** Percent-encoding of byte strings: text here holds one code unit per byte (latin1). */

/**
 * Encodes every byte but `A-Z a-z 0-9 - _ . ~`, with upper-case digits (RFC 3986 §2.3, Signature
 * Version 4).
 */
export function encodePercent(bytes: string): string {
  if (!/[^A-Za-z0-9\-_.~]/.test(bytes)) {
    return bytes;
  }
  return bytes.replace(/[^A-Za-z0-9\-_.~]/g, (byte) => {
    const digits = byte.charCodeAt(0).toString(16).toUpperCase();
    return `%${digits.padStart(2, "0")}`;
  });
}

/** Decodes every `%XX`; a `%` without two hex digits and a `+` stand for themselves. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) {
    return text;
  }
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_match, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
