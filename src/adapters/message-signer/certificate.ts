/** A self-signed X.509 certificate, built from its parts (RFC 5280, DER of X.690). */
import { type KeyObject, randomBytes, sign } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const NULL = 0x05;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const CONTEXT_0 = 0xa0;

/** sha256WithRSAEncryption, 1.2.840.113549.1.1.11. */
const SHA256_WITH_RSA = der(
  SEQUENCE,
  der(OBJECT_IDENTIFIER, Buffer.from("2a864886f70d01010b", "hex")),
  der(NULL),
);
/** id-at-commonName, 2.5.4.3. */
const COMMON_NAME = der(OBJECT_IDENTIFIER, Buffer.from("550403", "hex"));

/** PEM of a certificate of `publicKey`, signed by its own `privateKey` (RSA), valid between the two instants. */
export function makeCertificate(options: {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly commonName: string;
  readonly validFromMs: number;
  readonly validUntilMs: number;
}): string {
  const { publicKey, privateKey, commonName, validFromMs, validUntilMs } = options;
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName)))),
  );
  const validity = der(SEQUENCE, formatTime(validFromMs), formatTime(validUntilMs));
  const unsigned = der(
    SEQUENCE,
    // Version 3.
    der(CONTEXT_0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, makeSerialNumber()),
    SHA256_WITH_RSA,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", unsigned, privateKey)]);
  const certificate = der(SEQUENCE, unsigned, SHA256_WITH_RSA, der(BIT_STRING, signature));
  return formatPem(certificate);
}

/** Positive and without leading zeros, as DER wants it. */
function makeSerialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** Two digits of the year before 2050, four from then on (RFC 5280 §4.1.2.5). */
function formatTime(atMs: number): Buffer {
  const text = new Date(atMs).toISOString().replaceAll(/[-:T]|\.\d{3}/g, "");
  const year = Number(text.slice(0, 4));
  return year < 2050
    ? der(UTC_TIME, Buffer.from(text.slice(2)))
    : der(GENERALIZED_TIME, Buffer.from(text));
}

/** Tag, length, content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), formatLength(value.length), value]);
}

function formatLength(length: number): Buffer {
  if (length < 0x80) {
    return Buffer.from([length]);
  }
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

function formatPem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
