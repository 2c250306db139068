/** Decryption by a program of the user's, which finds its keys itself: none is ever seen here. */
import { createReadStream } from "node:fs";
import { constants, lstat, open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Session } from "../../session/session.ts";
import { usageFailure } from "../../session/verb-failure.ts";
import { pipeThrough } from "../put/pipe-through.ts";
import { type Cipher, type DecryptionTool, findDecryptionTool } from "./ciphers.ts";
import { finishFile } from "./finish-file.ts";
import { findEntry, type LocalState } from "./local-file.ts";

/** That archives are to be decrypted, and with what. */
export interface Decryption {
  /** Path of age's identity file, absolute. */
  readonly identity: string | undefined;
}

export interface DecryptOptions {
  readonly decrypt?: true;
  readonly identity?: string;
}

/** Adds the flags of verbs that bring archives back. */
export function addDecryptFlags(command: Command): Command {
  return command
    .option("--decrypt", "Decrypt with gpg or age, which must be installed.")
    .option("--identity <file>", "File with the identity that age decrypts with.");
}

/** What the flags ask for. Throws a usage `VerbFailure` for an identity that nothing uses. */
export function parseDecryption(options: DecryptOptions): Decryption | undefined {
  const { decrypt, identity } = options;
  if (decrypt === undefined) {
    if (identity !== undefined) {
      throw usageFailure("--identity goes with --decrypt: nothing else reads it");
    }
    return undefined;
  }
  return { identity: identity === undefined ? undefined : resolve(identity) };
}

/** Throws a usage `VerbFailure` when the archive is age's and no identity was given. */
export function checkIdentity(decryption: Decryption | undefined, cipher: Cipher | undefined) {
  if (decryption?.identity === undefined && decryption && cipher?.tool === "age") {
    throw usageFailure("age decrypts with the identity in a file: give it with --identity FILE");
  }
}

/** The decrypted bytes of `encrypted`. Throws `CipherToolError`, after which they are worth nothing. */
export function decrypt(
  session: Session,
  encrypted: AsyncIterable<Uint8Array>,
  how: { readonly tool: DecryptionTool; readonly decryption: Decryption },
): AsyncGenerator<Uint8Array, void, void> {
  const { tool, decryption } = how;
  checkIdentity(decryption, { tool, plainBytes: undefined });
  const words =
    tool === "gpg"
      ? ["--batch", "--quiet", "--decrypt"]
      : ["--decrypt", "--identity", decryption.identity ?? ""];
  const { signal, surroundings } = session;
  return pipeThrough(encrypted, { program: tool, words, env: surroundings.env, signal });
}

/**
 * Decrypts the file at `from` into a new one at `to`, durable, mode 0600 until it is finished, with time and
 * permissions of the description. Throws `CipherToolError` and the file system's error; nothing is left at
 * `to` then.
 */
export async function decryptFile(
  session: Session,
  paths: { readonly from: string; readonly to: string },
  how: {
    readonly tool: DecryptionTool;
    readonly decryption: Decryption;
    readonly modifiedAtMs: number | undefined;
    readonly archiveDescription: string | undefined;
  },
): Promise<void> {
  const { from, to } = paths;
  await rm(to, { force: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(to, flags, 0o600);
  try {
    for await (const bytes of decrypt(session, createReadStream(from), how)) {
      await file.writeFile(bytes);
    }
    await finishFile(file, how);
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close();
    await rm(to, { force: true });
    session.signal.throwIfAborted();
    throw error;
  }
}

/**
 * Compares what is at the path with a file that was encrypted: by size and by time to the second, as
 * `put` does, because no hash of it is known.
 */
export async function compareDecrypted(
  path: string,
  expected: { readonly cipher: Cipher; readonly modifiedAtMs: number | undefined },
): Promise<LocalState> {
  const { cipher, modifiedAtMs } = expected;
  const found = await findEntry(path);
  if (found === undefined) {
    return "absent";
  }
  if (!found.isFile()) {
    return found.isDirectory() ? "folder" : "not a file";
  }
  const isSame =
    found.size === cipher.plainBytes &&
    modifiedAtMs !== undefined &&
    Math.floor((await lstat(path)).mtimeMs / 1000) === Math.floor(modifiedAtMs / 1000);
  return isSame ? "identical" : "different";
}

/** Whether it will be decrypted. */
export function isToBeDecrypted(cipher: Cipher | undefined, decryption: Decryption | undefined) {
  return decryption !== undefined && findDecryptionTool(cipher) !== undefined;
}
