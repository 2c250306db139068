#!/usr/bin/env node
/**
 * Decrypts one blob file of an encrypted data folder with nothing but Node.js 20 or later and the key file:
 *
 *   node decrypt-blob.mjs KEY-FILE blobs/data/<xx>/<blob id> > bytes
 *
 * It follows docs/format.md, "Encrypted blobs", and shares no code with Moraine. Bytes are written only when
 * their segment is authentic; a damaged file ends with status 1.
 */
import { createDecipheriv, hkdfSync } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { basename } from "node:path";

const [HEADER, SLOT, TAG] = [192, 76, 16];

const [keyFile, blobFile] = process.argv.slice(2);
if (keyFile === undefined || blobFile === undefined) {
  process.stderr.write("usage: decrypt-blob.mjs KEY-FILE BLOB-FILE > BYTES\n");
  process.exit(2);
}
try {
  decrypt(readKey(keyFile), blobFile);
} catch (error) {
  process.stderr.write(`${blobFile}: ${error.message}\n`);
  process.exitCode = 1;
}

/** 32 bytes: raw, 64 hex digits or base64. */
function readKey(path) {
  const content = readFileSync(path);
  const text = content.toString("latin1").trim();
  const isHex = /^[0-9a-fA-F]{64}$/.test(text);
  const key = content.length === 32 ? content : Buffer.from(text, isHex ? "hex" : "base64");
  if (key.length !== 32) {
    throw new Error("the key file must hold 32 bytes: raw, 64 hex digits or base64");
  }
  return key;
}

function derive(key, info, length) {
  return Buffer.from(hkdfSync("sha256", key, "", info, length));
}

function decrypt(key, path) {
  const fd = openSync(path, "r");
  try {
    const header = readAt(fd, 0, HEADER);
    if (!header.subarray(0, 9).equals(Buffer.from("894d4f52420d0a1a01", "hex"))) {
      throw new Error("this is no encrypted blob of version 1; a plain one is its own bytes");
    }
    const blobId = header.subarray(16, 32);
    if (/^[0-9a-f]{32}$/.test(basename(path)) && basename(path) !== blobId.toString("hex")) {
      throw new Error(`the file holds blob ${blobId.toString("hex")}`);
    }
    const segmentBytes = 2 ** header[9];
    const sizeBytes = Number(header.readBigUInt64BE(32));
    const count = Math.max(1, Math.ceil(sizeBytes / segmentBytes));
    if (fstatSync(fd).size !== HEADER + sizeBytes + count * TAG) {
      throw new Error("the file has another length than its header says");
    }
    const dataKey = openDataKey(header, key);
    for (let index = 0; index < count; index += 1) {
      const isFinal = index === count - 1;
      const length = isFinal ? sizeBytes - index * segmentBytes : segmentBytes;
      const sealed = readAt(fd, HEADER + index * (segmentBytes + TAG), length + TAG);
      writeAll(openSegment(sealed, dataKey, { blobId, index, isFinal, sizeBytes }));
    }
  } finally {
    closeSync(fd);
  }
}

/** The data key in the slot that names the key. */
function openDataKey(header, key) {
  const keyId = derive(key, "moraine key id v1", 16);
  const found = [];
  for (const offset of [40, 40 + SLOT]) {
    const slot = header.subarray(offset, offset + SLOT);
    found.push(slot.subarray(0, 16).toString("hex"));
    if (slot.subarray(0, 16).equals(keyId)) {
      return open(derive(key, "moraine blob keys v1", 32), {
        nonce: slot.subarray(16, 28),
        context: Buffer.concat([header.subarray(0, 40), keyId]),
        sealed: slot.subarray(28),
        what: "the header",
      });
    }
  }
  const named = found.filter((id) => !/^0+$/.test(id)).join(" and ");
  throw new Error(`the key file holds key ${keyId.toString("hex")}; the header names ${named}`);
}

function openSegment(sealed, dataKey, { blobId, index, isFinal, sizeBytes }) {
  const nonce = Buffer.alloc(12);
  nonce[3] = isFinal ? 1 : 0;
  nonce.writeBigUInt64BE(BigInt(index), 4);
  const context = Buffer.alloc(33);
  blobId.copy(context);
  context.writeBigUInt64BE(BigInt(index), 16);
  context[24] = isFinal ? 1 : 0;
  context.writeBigUInt64BE(BigInt(isFinal ? sizeBytes : 0), 25);
  return open(dataKey, { nonce, context, sealed, what: `segment ${index}` });
}

/** AES-256-GCM; the tag is the last 16 bytes of `sealed`. */
function open(key, { nonce, context, sealed, what }) {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG });
  decipher.setAAD(context);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  const bytes = decipher.update(sealed.subarray(0, sealed.length - TAG));
  try {
    decipher.final();
  } catch {
    throw new Error(`${what} is not what was written`);
  }
  return bytes;
}

function readAt(fd, position, length) {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, position + filled);
    if (count === 0) {
      throw new Error("the file ends too early");
    }
    filled += count;
  }
  return bytes;
}

function writeAll(bytes) {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(1, bytes, written);
  }
}
