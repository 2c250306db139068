/** Brings the output of a job to a file or to standard output, verified. */
import { lstat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  DamagedOutputError,
  OutputExpiredError,
  TargetBusyError,
} from "../../../client/transfer/download-errors.ts";
import type { OutputSource } from "../../../client/transfer/fetch-range.ts";
import { streamOutput } from "../../../client/transfer/stream-output.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { writeOutput } from "../../terminal.ts";
import { formatSize } from "../../units.ts";
import { CipherToolError } from "../put/pipe-through.ts";
import { type Cipher, findDecryptionTool } from "./ciphers.ts";
import { compareDecrypted, type Decryption, decrypt } from "./decrypt.ts";
import { compareFile, removePartial } from "./local-file.ts";
import { placeDownload } from "./place-download.ts";
import { createTransferContext } from "./transfer-context.ts";

export interface OutputToDeliver {
  readonly source: OutputSource;
  /** What the output is of, to tell partial files apart: an archive's id, or the job's. */
  readonly contentId: string;
  readonly firstByte?: number;
  /** Of the output; `undefined` when the service has none for it. */
  readonly treeHash: string | undefined;
  readonly modifiedAtMs: number | undefined;
  /** For people. */
  readonly name: string;
  /** Absent for outputs that are of no archive. */
  readonly archive?: {
    readonly cipher: Cipher | undefined;
    readonly decryption: Decryption | undefined;
  };
}

export interface Destination {
  readonly folder: string;
  readonly name: string;
}

/**
 * Where `-o` leads: into the folder when it is one, else to the file. Without it the file is called `name`
 * and lies in the working folder.
 */
export async function findDestination(
  word: string | undefined,
  name: string,
): Promise<Destination> {
  if (word === undefined) {
    return { folder: resolve("."), name };
  }
  const path = resolve(word);
  const isFolder = await lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder && word.endsWith("/")) {
    throw new VerbFailure(EXIT.usage, `${word} is no folder; make it, or name a file`);
  }
  return isFolder ? { folder: path, name } : { folder: dirname(path), name: basename(path) };
}

/** What the file is to be: the output itself, or what decryption makes of it. */
export type ExpectedFile =
  | { readonly sizeBytes: number; readonly treeHash: string | undefined }
  | { readonly cipher: Cipher; readonly modifiedAtMs: number | undefined };

/**
 * Whether the file is there already, identical. Throws a `VerbFailure` when another file is there and may
 * not be replaced.
 */
export async function checkDestination(
  destination: Destination,
  expected: ExpectedFile,
  options: { readonly overwrite: boolean },
): Promise<boolean> {
  const path = join(destination.folder, destination.name);
  const state =
    "cipher" in expected
      ? await compareDecrypted(path, expected)
      : await compareFile(path, expected);
  if (state === "absent" || state === "identical") {
    return state === "identical";
  }
  if (state === "folder" || !options.overwrite) {
    const advice = state === "folder" ? "-o names another" : "--overwrite replaces it";
    throw new VerbFailure(EXIT.failed, `${path} is there already, and differs; ${advice}`);
  }
  return false;
}

/** Downloads into a file and reports it. Throws as `downloadOutput`, with advice for what is damaged. */
export async function deliverToFile(
  session: Session,
  output: OutputToDeliver,
  destination: Destination,
): Promise<void> {
  const { reporter } = session;
  const { source, name, contentId, treeHash, modifiedAtMs, firstByte = 0 } = output;
  const { sizeBytes } = source;
  await withProgress(session, output, async (onProgress) => {
    const { path, ...download } = await placeDownload(
      session,
      {
        source,
        archiveId: contentId,
        firstByte,
        treeHash,
        target: destination,
        onProgress,
        modifiedAtMs,
        isArchive: output.archive !== undefined,
        decryption: output.archive?.decryption,
      },
      createTransferContext(session),
    );
    await removePartial(destination.folder, destination.name);
    const { resumedBytes, cipher, isDecrypted } = download;
    const verified = treeHash === undefined ? "" : " · tree hash ok";
    reporter.data(
      {
        event: "downloaded",
        name,
        archiveId: contentId,
        path,
        sizeBytes,
        treeHash: download.treeHash,
        resumedBytes,
        ...describeCipher(cipher, isDecrypted).event,
      },
      `${path}  ${formatSize(sizeBytes)}${verified}${describeCipher(cipher, isDecrypted).text}`,
    );
  });
}

/** What is told of an encrypted archive: members of its event, and the end of its line. */
export function describeCipher(cipher: Cipher | undefined, isDecrypted: boolean) {
  if (cipher === undefined) {
    return { event: {}, text: "" };
  }
  const { tool } = cipher;
  return {
    event: { encryption: tool, decrypted: isDecrypted },
    text: isDecrypted ? ` · decrypted with ${tool}` : ` · encrypted with ${tool}`,
  };
}

/**
 * Writes to standard output, with back-pressure, and nothing before it is verified. What is encrypted is
 * decrypted as it comes when that was asked for; else it is told that it is encrypted.
 */
export async function deliverToStdout(session: Session, output: OutputToDeliver): Promise<void> {
  const { source, contentId, treeHash, archive, name } = output;
  const { cipher, decryption } = archive ?? {};
  const tool = findDecryptionTool(cipher);
  if (cipher !== undefined && (decryption === undefined || tool === undefined)) {
    const advice = tool === undefined ? "" : "; --decrypt decrypts it";
    session.reporter.note(`${name} is encrypted with ${cipher.tool}, and comes so${advice}`);
  }
  await withProgress(session, output, async (onProgress) => {
    const request = { source, archiveId: contentId, treeHash, onProgress };
    const stored = streamOutput(request, createTransferContext(session));
    const isDecrypted = tool !== undefined && decryption !== undefined;
    const bytes = isDecrypted ? decrypt(session, stored, { tool, decryption }) : stored;
    for await (const chunk of bytes) {
      await writeOutput(session.terminal, chunk);
    }
  });
}

async function withProgress(
  session: Session,
  { name, source }: OutputToDeliver,
  work: (onProgress: (bytes: number) => void) => Promise<void>,
): Promise<void> {
  const plan = { noun: "files", itemCount: 1, totalBytes: source.sizeBytes };
  const progress = session.reporter.progress(plan);
  const item = progress.start(name, source.sizeBytes);
  try {
    await work((bytes) => item.advance(bytes));
  } catch (error) {
    throw describeFailure(error);
  } finally {
    progress.close();
  }
}

function describeFailure(error: unknown): unknown {
  if (error instanceof CipherToolError) {
    return new VerbFailure(EXIT.failed, error.message, { cause: error });
  }
  if (error instanceof DamagedOutputError) {
    return new VerbFailure(EXIT.damaged, error.message, { cause: error });
  }
  if (error instanceof TargetBusyError) {
    return new VerbFailure(EXIT.later, error.message, { cause: error });
  }
  if (error instanceof OutputExpiredError) {
    const advice = "run the command again: it starts another job and keeps what was downloaded";
    return new VerbFailure(EXIT.later, `${error.message}; ${advice}`, { cause: error });
  }
  return error;
}
