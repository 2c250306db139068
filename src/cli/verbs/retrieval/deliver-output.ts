/** Brings the output of a job to a file or to standard output, verified. */
import { lstat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  DamagedOutputError,
  OutputExpiredError,
  TargetBusyError,
} from "../../../client/transfer/download-errors.ts";
import { downloadOutput } from "../../../client/transfer/download-output.ts";
import type { OutputSource } from "../../../client/transfer/fetch-range.ts";
import { streamOutput } from "../../../client/transfer/stream-output.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { writeOutput } from "../../terminal.ts";
import { formatSize } from "../../units.ts";
import { finishFile } from "./finish-file.ts";
import { compareFile, removePartial } from "./local-file.ts";
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

/**
 * Whether the file is there already, identical. Throws a `VerbFailure` when another file is there and may
 * not be replaced.
 */
export async function checkDestination(
  destination: Destination,
  expected: { readonly sizeBytes: number; readonly treeHash: string | undefined },
  options: { readonly overwrite: boolean },
): Promise<boolean> {
  const path = join(destination.folder, destination.name);
  const state = await compareFile(path, expected);
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
    const { path, ...download } = await downloadOutput(
      {
        source,
        archiveId: contentId,
        firstByte,
        treeHash,
        target: destination,
        onProgress,
        finish: (file, { archiveDescription }) =>
          finishFile(file, { modifiedAtMs, archiveDescription }),
      },
      createTransferContext(session),
    );
    await removePartial(destination.folder, destination.name);
    const { resumedBytes } = download;
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
      },
      `${path}  ${formatSize(sizeBytes)}${verified}`,
    );
  });
}

/** Writes to standard output, with back-pressure, and nothing before it is verified. */
export async function deliverToStdout(session: Session, output: OutputToDeliver): Promise<void> {
  const { source, contentId, treeHash } = output;
  await withProgress(session, output, async (onProgress) => {
    const request = { source, archiveId: contentId, treeHash, onProgress };
    for await (const bytes of streamOutput(request, createTransferContext(session))) {
      await writeOutput(session.terminal, bytes);
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
