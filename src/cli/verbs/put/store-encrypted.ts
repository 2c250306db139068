/** A file as an encrypted archive. */
import { SourceChangedError } from "../../../client/errors.ts";
import { checkUnchanged, readWholeFile, stampFile } from "../../../client/hash-source.ts";
import { decidePartSize } from "../../../client/transfer/part-plan.ts";
import type { UploadedArchive, UploadObserver } from "../../../client/transfer/upload-target.ts";
import { MIB } from "../../../domain/limits.ts";
import type { UploadStartedRecord } from "../../catalog/journal-record.ts";
import { type Encryption, encrypt } from "./encryption.ts";
import { storeStream } from "./put-stream.ts";
import { type FoundFile, millisecondsOf } from "./scan-files.ts";
import { endUpload, type Store } from "./store-file.ts";

export interface FileToEncrypt {
  readonly file: Pick<FoundFile, "path" | "name" | "mode">;
  readonly encryption: Encryption;
  readonly env: NodeJS.ProcessEnv;
  /** Of any name; those of this one that have no path are aborted, because nothing can continue them. */
  readonly openUploads: Iterable<UploadStartedRecord>;
}

/**
 * Encrypts the file and stores what comes of it. Throws `SourceChangedError` and `CipherToolError`, after
 * which nothing is stored, and what calls throw. An upload that breaks off begins anew: each encryption of
 * the same bytes differs.
 */
export async function storeEncrypted(
  store: Store,
  { file, encryption, env, openUploads }: FileToEncrypt,
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const { path, name, mode } = file;
  for (const record of openUploads) {
    if (record.name === name && record.path === undefined) {
      await endUpload(store, record.uploadId);
    }
  }
  const stamp = await stampFile(path);
  const { sizeBytes } = stamp;
  if (sizeBytes === 0) {
    throw new SourceChangedError(`${path} is empty by now, and an archive has at least 1 byte`);
  }
  const plain = readWholeFile(path, stamp);
  const bytes = checkAfter(encrypt(plain, encryption, env), () => checkUnchanged(path, stamp));
  return await storeStream(
    store,
    {
      bytes,
      file: {
        ...{ name, mode, size: sizeBytes, enc: encryption.tool },
        modifiedAtMs: millisecondsOf(stamp.modifiedNs),
      },
      partSizeBytes: store.partSizeBytes ?? decidePartSize(encryptedBytesMax(sizeBytes)),
    },
    observer,
  );
}

/** No tool adds more: age 16 bytes to 64 KiB, gpg less; headers have some hundred bytes. */
function encryptedBytesMax(sizeBytes: number): number {
  return sizeBytes + Math.ceil(sizeBytes / 1024) + MIB;
}

async function* checkAfter(
  bytes: AsyncIterable<Uint8Array>,
  check: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  yield* bytes;
  await check();
}
