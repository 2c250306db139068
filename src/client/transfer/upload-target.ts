/** What uploads go to and share, and the requests they are made of. */
import type { ByteRange } from "../../domain/byte-range.ts";
import type { GlacierClient } from "../client.ts";
import type { HashedSource } from "../hash-source.ts";
import { listPages } from "../paginate.ts";
import type { PartMemory } from "./part-memory.ts";
import type { Slots } from "./slots.ts";
import type { Throttle } from "./throttle.ts";

export interface UploadTarget {
  readonly call: GlacierClient["call"];
  /** 12 digits or `-`. */
  readonly accountId: string;
  readonly vaultName: string;
  /** Each request with bytes takes one, whichever file it is of. */
  readonly slots: Slots;
  readonly throttle: Throttle;
  readonly memory: PartMemory;
  readonly signal: AbortSignal;
}

/** Told while bytes travel. */
export interface UploadObserver {
  /** More bytes were sent; a negative number when they have to be sent again. */
  onSent(bytes: number): void;
  /** A request is sent again. */
  onRetry(): void;
  /** So many parts were in the service already, with the same tree hash as here. */
  onResumed(resumed: { readonly partCount: number; readonly ofParts: number }): void;
}

/** An archive that the service has acknowledged. */
export interface UploadedArchive {
  readonly archiveId: string;
  readonly treeHash: string;
  readonly sizeBytes: number;
}

/** Sends an archive in one request; takes no slot. */
export async function sendWhole(
  { call, accountId, vaultName, throttle, signal }: UploadTarget,
  { source, description }: { readonly source: HashedSource; readonly description: string },
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const body = observeSource(source, { throttle, signal, observer });
  const input = { accountId, vaultName, archiveDescription: description, body };
  const { output } = await call("UploadArchive", input, { signal });
  const { treeHash, sizeBytes } = source;
  return { archiveId: output.archiveId ?? "", treeHash, sizeBytes };
}

/** Opens a multipart upload; resolves with its id. */
export async function startUpload(
  { call, accountId, vaultName, signal }: UploadTarget,
  upload: { readonly description: string; readonly partSizeBytes: number },
): Promise<string> {
  const { description: archiveDescription, partSizeBytes } = upload;
  const input = { accountId, vaultName, archiveDescription, partSize: String(partSizeBytes) };
  const { output } = await call("InitiateMultipartUpload", input, { signal });
  return output.uploadId ?? "";
}

/** Sends a part, perhaps again: the later one stands. Takes no slot. */
export async function sendPart(
  { call, accountId, vaultName, throttle, signal: sessionSignal }: UploadTarget,
  part: {
    readonly uploadId: string;
    readonly source: HashedSource;
    readonly start: number;
    readonly signal?: AbortSignal | undefined;
  },
  observer: UploadObserver,
): Promise<void> {
  const { uploadId, source, start, signal = sessionSignal } = part;
  const body = observeSource(source, { throttle, signal, observer });
  const range = `bytes ${start}-${start + source.sizeBytes - 1}/*`;
  const input = { accountId, vaultName, uploadId, range, body };
  await call("UploadMultipartPart", input, { signal });
}

/**
 * Makes the archive of the parts. May be called again for at least a day, and answers with the same archive
 * (contract §2.22).
 */
export async function completeUpload(
  { call, accountId, vaultName, signal }: UploadTarget,
  upload: {
    readonly uploadId: string;
    readonly sizeBytes: number;
    readonly treeHash: string;
  },
): Promise<UploadedArchive> {
  const { uploadId, sizeBytes, treeHash } = upload;
  const input = {
    accountId,
    vaultName,
    uploadId,
    archiveSize: String(sizeBytes),
    checksum: treeHash,
  };
  const { output } = await call("CompleteMultipartUpload", input, { signal });
  return { archiveId: output.archiveId ?? "", treeHash, sizeBytes };
}

/** Discards the upload and its parts. */
export async function abortUpload(
  target: Pick<UploadTarget, "call" | "accountId" | "vaultName" | "signal">,
  uploadId: string,
): Promise<void> {
  const { call, accountId, vaultName, signal } = target;
  await call("AbortMultipartUpload", { accountId, vaultName, uploadId }, { signal });
}

/** A part that the service has. */
export interface StoredPart extends ByteRange {
  readonly treeHash: string;
}

export interface StoredUpload {
  readonly partSizeBytes: number;
  readonly description: string;
  readonly parts: readonly StoredPart[];
}

/** What the service has of an upload. Throws `GlacierServiceError` with status 404 once it is over. */
export async function listStoredParts(
  target: Pick<UploadTarget, "call" | "accountId" | "vaultName" | "signal">,
  uploadId: string,
): Promise<StoredUpload> {
  const { call, accountId, vaultName, signal } = target;
  const parts: StoredPart[] = [];
  let partSizeBytes = 0;
  let description = "";
  const input = { accountId, vaultName, uploadId };
  for await (const { output } of listPages(call, "ListParts", input, { signal })) {
    partSizeBytes = Number(output.PartSizeInBytes ?? 0);
    description = output.ArchiveDescription ?? "";
    for (const { RangeInBytes = "", SHA256TreeHash = "" } of output.Parts ?? []) {
      const [first = "", last = ""] = RangeInBytes.split("-");
      parts.push({
        start: Number(first),
        endExclusive: Number(last) + 1,
        treeHash: SHA256TreeHash.toLowerCase(),
      });
    }
  }
  return { partSizeBytes, description, parts };
}

/** The source, whose bytes wait for the throttle and are counted. */
function observeSource(
  source: HashedSource,
  context: {
    readonly throttle: Throttle;
    readonly signal: AbortSignal;
    readonly observer: UploadObserver;
  },
): HashedSource {
  const { throttle, signal, observer } = context;
  let sentBytes = 0;
  let isFirst = true;
  return {
    ...source,
    open: async function* () {
      if (!isFirst) {
        observer.onRetry();
      }
      observer.onSent(-sentBytes);
      isFirst = false;
      sentBytes = 0;
      for await (const chunk of source.open()) {
        await throttle.take(chunk.length, signal);
        yield chunk;
        sentBytes += chunk.length;
        observer.onSent(chunk.length);
      }
    },
  };
}
