/**
 * Hex and base64 for runtimes whose `Uint8Array` does not have them yet (Node.js 24). They do what
 * `Uint8Array.fromHex`, `fromBase64` and their counterparts do (TC39, "Uint8Array to/from base64").
 */

const HEX_DIGITS = "0123456789abcdef";
const COMMON = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export type Base64Alphabet = "base64" | "base64url";

const ALPHABETS: Readonly<Record<Base64Alphabet, string>> = {
  base64: `${COMMON}+/`,
  base64url: `${COMMON}-_`,
};

/** Lower-case hex. */
export function hexOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += `${HEX_DIGITS.charAt(byte >> 4)}${HEX_DIGITS.charAt(byte & 15)}`;
  }
  return text;
}

/** Throws `SyntaxError` for anything but hex digits of whole bytes, in either case. */
export function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 === 1 || !/^[0-9a-f]*$/i.test(text)) {
    throw new SyntaxError("Input string must contain hex characters of whole bytes");
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

/** Base64 of URLs, without padding. */
export function base64urlOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(index, index + 3);
    const group = (first << 16) | (second << 8) | third;
    const sixBits = [group >> 18, (group >> 12) & 63, (group >> 6) & 63, group & 63];
    const characters = Math.min(4, bytes.length - index + 1);
    for (const value of sixBits.slice(0, characters)) {
      text += ALPHABETS.base64url.charAt(value);
    }
  }
  return text;
}

/**
 * Padding may be missing, white space does not count. Throws `SyntaxError` for other characters, padding in
 * the wrong place, and a last group of one character.
 */
export function bytesOfBase64(text: string, alphabet: Base64Alphabet): Uint8Array<ArrayBuffer> {
  const packed = text.replaceAll(/[\t\n\f\r ]/g, "");
  const digits = packed.replace(/={1,2}$/, "");
  const isPadded = digits.length !== packed.length;
  if (digits.length % 4 === 1 || (isPadded && packed.length % 4 !== 0)) {
    throw new SyntaxError("Missing or misplaced character of base64");
  }
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (const digit of digits) {
    const value = ALPHABETS[alphabet].indexOf(digit);
    if (value === -1) {
      throw new SyntaxError(`Found a character that cannot be part of a valid base64 string`);
    }
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes[at] = bits >> bitCount;
      at += 1;
    }
  }
  return bytes;
}
