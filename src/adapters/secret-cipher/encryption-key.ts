/** The file with the key that secrets are sealed with: generated once, or given by the operator. */
import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Logger } from "../../ports/logger.ts";
import { writeFileDurably } from "../../std/durable-file-node.ts";

export const ENCRYPTION_KEY_BYTES = 32;
/** No form of a key is longer. */
const FILE_MAX_BYTES = 256;

/** The key file can't be used; the message names it and says why, without its contents. */
export class EncryptionKeyError extends Error {
  override readonly name = "EncryptionKeyError";
}

export interface EncryptionKeyOptions {
  readonly path: string;
  /** Whether the file may be made when it is missing: only as long as nothing was sealed. */
  readonly mayGenerate: boolean;
  readonly logger: Logger;
}

/**
 * The 32 bytes of the key file: raw, or as text in 64 hex digits or base64. A missing file is made (64 hex
 * digits, mode 0600, durable before this resolves) if it may be. Throws `EncryptionKeyError`.
 */
export async function openEncryptionKey(options: EncryptionKeyOptions): Promise<Uint8Array> {
  const { path, mayGenerate, logger } = options;
  const bytes = await readIfPresent(path);
  if (bytes === undefined && mayGenerate) {
    const key = randomBytes(ENCRYPTION_KEY_BYTES);
    await writeFileDurably(path, `${key.toString("hex")}\n`, 0o600);
    logger.info({ path }, "encryption key generated");
    return key;
  }
  if (bytes === undefined) {
    throw new EncryptionKeyError(
      `the encryption key file ${path} is missing; restore it, for stored secrets can't be read or` +
        " written without it",
    );
  }
  const key = findKey(bytes);
  if (key === undefined) {
    throw new EncryptionKeyError(
      `the encryption key file ${path} must hold ${ENCRYPTION_KEY_BYTES} bytes: raw, as 64 hex digits` +
        ` or as base64; it has ${bytes.length} bytes that are none of these`,
    );
  }
  return key;
}

async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size > FILE_MAX_BYTES) {
      throw new EncryptionKeyError(
        `the encryption key file ${path} must hold a key of ${ENCRYPTION_KEY_BYTES} bytes; it has` +
          ` ${size} bytes`,
      );
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof EncryptionKeyError) {
      throw cause;
    }
    const code = cause instanceof Error && "code" in cause ? cause.code : String(cause);
    if (code === "ENOENT") {
      return undefined;
    }
    throw new EncryptionKeyError(`the encryption key file ${path} can't be read (${code})`, {
      cause,
    });
  }
}

function findKey(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === ENCRYPTION_KEY_BYTES) {
    return bytes;
  }
  const text = Buffer.from(bytes).toString("latin1").trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) {
    return Buffer.from(text, "hex");
  }
  // 32 bytes are 43 characters of base64, with one of padding.
  return /^[A-Za-z0-9+/]{43}=?$/.test(text) ? Buffer.from(text, "base64") : undefined;
}
