/** Byte strings: the few conversions and comparisons that every layer needs. */
import {
  type Base64Alphabet,
  base64urlOfBytes,
  bytesOfBase64,
  bytesOfHex,
  hexOfBytes,
} from "./byte-text.ts";

/** The runtime's own conversions are the faster ones; Node.js has them from version 25 on. */
const isNative = Uint8Array.prototype.toHex !== undefined;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of `text`. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** At most so many bytes has `text` in UTF-8. */
export function utf8BytesMax(text: string): number {
  return 3 * text.length;
}

/** UTF-8 bytes of `text` at the start of `target`, which has room for `utf8BytesMax`. */
export function writeUtf8(text: string, target: Uint8Array): Uint8Array {
  return target.subarray(0, encoder.encodeInto(text, target).written);
}

/** Text of UTF-8 `bytes`; throws `TypeError` when they are not well-formed UTF-8. */
export function utf8Text(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes);
}

/** Lower-case hex of `bytes`. */
export function formatHex(bytes: Uint8Array): string {
  return isNative ? bytes.toHex() : hexOfBytes(bytes);
}

/** Bytes of hex `text` in either case; throws `SyntaxError` when it is not hex of whole bytes. */
export function parseHex(text: string): Uint8Array<ArrayBuffer> {
  return isNative ? Uint8Array.fromHex(text) : bytesOfHex(text);
}

/** Bytes of hex `text` in either case; `undefined` when it is not hex of whole bytes. */
export function findHexBytes(text: string): Uint8Array | undefined {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text) ? parseHex(text) : undefined;
}

/** Unpadded base64url text of `bytes`: the form of every Glacier identifier. */
export function formatBase64url(bytes: Uint8Array): string {
  return isNative
    ? bytes.toBase64({ alphabet: "base64url", omitPadding: true })
    : base64urlOfBytes(bytes);
}

/**
 * Bytes of base64 `text`, with or without padding; white space does not count. Throws `SyntaxError` for any
 * other text.
 */
export function parseBase64(text: string, alphabet: Base64Alphabet): Uint8Array<ArrayBuffer> {
  return isNative ? Uint8Array.fromBase64(text, { alphabet }) : bytesOfBase64(text, alphabet);
}

/**
 * Bytes of unpadded base64url `text`; `undefined` unless the text is exactly what `formatBase64url`
 * writes, so that two different texts never name one identifier.
 */
export function findBase64urlBytes(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    return undefined;
  }
  const bytes = parseBase64(text, "base64url");
  return formatBase64url(bytes) === text ? bytes : undefined;
}

/** Whether two byte strings are equal. Not constant-time: see `auth/sigv4` for secrets. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** One byte string made of `parts` in order. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
