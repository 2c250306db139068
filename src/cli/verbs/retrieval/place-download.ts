/**
 * Downloads an archive into its file. What is encrypted never gets the name of the file itself: it is
 * decrypted first, or is called `NAME.gpg`, `NAME.age` or `NAME.encrypted`.
 */
import { basename } from "node:path";
import {
  type DownloadDetails,
  type DownloadRequest,
  downloadOutput,
  type FinishedDownload,
} from "../../../client/transfer/download-output.ts";
import type { TransferContext } from "../../../client/transfer/fetch-range.ts";
import { type PublishedFile, partialPaths } from "../../../client/transfer/partial-file.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { CipherToolError } from "../put/pipe-through.ts";
import { type Cipher, findCipher, findDecryptionTool, nameEncrypted } from "./ciphers.ts";
import { type Decryption, decryptFile } from "./decrypt.ts";
import { finishFile } from "./finish-file.ts";
import { findEntry } from "./local-file.ts";

export interface PlacementRequest extends Omit<DownloadRequest, "finish" | "publishAs"> {
  readonly modifiedAtMs: number | undefined;
  /** Whether it is of an archive, whose description tells whether it is encrypted. */
  readonly isArchive: boolean;
  readonly decryption: Decryption | undefined;
}

export interface PlacedDownload extends FinishedDownload {
  /** How the archive is encrypted. */
  readonly cipher: Cipher | undefined;
  readonly isDecrypted: boolean;
}

/**
 * Throws as `downloadOutput`, and a `VerbFailure` when the archive can't be decrypted; then the verified
 * bytes are kept under the encrypted name, unless something has it.
 */
export async function placeDownload(
  session: Session,
  request: PlacementRequest,
  context: TransferContext,
): Promise<PlacedDownload> {
  const { modifiedAtMs } = request;
  const ended: Ended = { cipher: undefined, isDecrypted: false, failure: undefined };
  const download = await downloadOutput(
    {
      ...request,
      finish: (file, { archiveDescription }) =>
        finishFile(file, { modifiedAtMs, archiveDescription }),
      publishAs: (part, details) => publish(session, request, { part, details, ended }),
    },
    context,
  );
  const { cipher, isDecrypted, failure } = ended;
  if (failure !== undefined) {
    const kept = `the encrypted file is kept as ${download.path}`;
    throw new VerbFailure(EXIT.failed, `${failure.message}; ${kept}`, { cause: failure });
  }
  return { ...download, cipher, isDecrypted };
}

interface Ended {
  cipher: Cipher | undefined;
  isDecrypted: boolean;
  failure: CipherToolError | undefined;
}

async function publish(
  session: Session,
  request: PlacementRequest,
  { part, details, ended }: { part: string; details: DownloadDetails; ended: Ended },
): Promise<PublishedFile> {
  const { target, decryption, modifiedAtMs } = request;
  const archiveDescription = await findDescription(request, details);
  const cipher = findCipher(archiveDescription);
  ended.cipher = cipher;
  if (cipher === undefined) {
    return { path: part, name: target.name };
  }
  const tool = findDecryptionTool(cipher);
  if (tool === undefined || decryption === undefined) {
    return await keepEncrypted(request, { part, cipher, reason: undefined });
  }
  const { plain } = partialPaths(target);
  try {
    const how = { tool, decryption, modifiedAtMs, archiveDescription };
    await decryptFile(session, { from: part, to: plain }, how);
    ended.isDecrypted = true;
    return { path: plain, name: target.name };
  } catch (error) {
    const isOfTool = error instanceof CipherToolError || error instanceof VerbFailure;
    if (!isOfTool) {
      throw error;
    }
    ended.failure = error instanceof CipherToolError ? error : new CipherToolError(error.message);
    return await keepEncrypted(request, { part, cipher, reason: ended.failure.message });
  }
}

/** The name it bears encrypted; one that the caller did not choose takes no other file's place. */
async function keepEncrypted(
  { target }: PlacementRequest,
  kept: { readonly part: string; readonly cipher: Cipher; readonly reason: string | undefined },
): Promise<PublishedFile> {
  const { part, cipher, reason = `it is encrypted with ${cipher.tool}` } = kept;
  const name = nameEncrypted(target.name, cipher);
  if (name !== target.name && (await findEntry(`${target.folder}/${name}`)) !== undefined) {
    throw new VerbFailure(
      EXIT.failed,
      `${reason}; ${name} is there already, so the encrypted bytes wait in ${basename(part)}`,
    );
  }
  return { path: part, name };
}

/** Where all of it had been fetched before, nothing told the description; it is asked for. */
async function findDescription(
  { source, isArchive }: PlacementRequest,
  { archiveDescription, resumedBytes }: DownloadDetails,
): Promise<string | undefined> {
  if (!isArchive || resumedBytes < source.sizeBytes || archiveDescription !== undefined) {
    return isArchive ? archiveDescription : undefined;
  }
  return await askForDescription(source);
}

/** The archive's description, which comes with each output of it. Throws what `call` throws. */
export async function askForDescription({
  call,
  accountId,
  vaultName,
  jobId,
}: DownloadRequest["source"]): Promise<string | undefined> {
  const input = { accountId, vaultName, jobId, range: "bytes=0-0" };
  const { output } = await call("GetJobOutput", input);
  output.body.cancel();
  return output.archiveDescription ?? undefined;
}
