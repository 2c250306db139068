/** One body: streamed, finished, compared, committed; aborted on any error. */
import type { HashHex } from "../../domain/archive.ts";
import type { BodyBytes } from "../../domain/body-bytes.ts";
import { ServiceError, serviceUnavailable } from "../../domain/errors.ts";
import type { BlobId } from "../../domain/ids.ts";
import { treeHashOfNodes } from "../../domain/tree-hash.ts";
import type { BlobStore, BlobWriter } from "../../ports/blob-store.ts";
import type { IdSource } from "../../ports/id-source.ts";
import type { SmallBlobForm } from "../../ports/small-blobs.ts";
import { AssertionError } from "../../std/assert.ts";
import type { Sha256 } from "../../std/hasher.ts";
import { bodyTooLong, compareBody, type ExpectedBody } from "./compare-body.ts";

export interface IngestServices {
  readonly blobs: BlobStore;
  readonly ids: Pick<IdSource, "blobId">;
  readonly sha256: Sha256;
  /** How small blobs are kept in the metadata; every blob is a file unless given. */
  readonly small?: Pick<SmallBlobForm, "seal"> | undefined;
}

/** A body that arrives, and what its sender says it is. */
export interface IncomingBody {
  /**
   * After an error the iteration is ended early (`return` is called on its iterator); what that does to a connection
   * is the source's choice.
   */
  readonly body: BodyBytes;
  readonly expected: ExpectedBody;
}

/** A blob with the hashes computed from the bytes received: on stable storage, unless it has a `row`. */
export interface StoredBlob {
  readonly blobId: BlobId;
  readonly sizeBytes: number;
  readonly sha256: HashHex;
  readonly treeHash: HashHex;
  /** SHA-256 of each MiB, 32 bytes each, in order. */
  readonly leaves: Uint8Array;
  /** The bytes of a small blob, which `Ingest.keep` stores with its part. */
  readonly row?: Uint8Array;
}

/** See `Ingest.store`. */
export async function storeBlob(
  services: IngestServices,
  incoming: IncomingBody,
): Promise<StoredBlob> {
  const { expected, body } = incoming;
  const blobId = services.ids.blobId();
  const writer = await orUnavailable(services.blobs.openWriter(blobId, expected.sizeBytes));
  try {
    await receive(writer, body, expected);
    const digest = await orUnavailable(writer.finish());
    const treeHash = treeHashOfNodes(digest.leaves, services.sha256);
    compareBody({ ...digest, treeHash }, expected);
    await orUnavailable(writer.commit());
    return { ...digest, treeHash, blobId };
  } catch (error) {
    // A failed abort leaves a temporary file for the sweep; the first error is the one to tell.
    await writer.abort().catch(() => undefined);
    throw error;
  }
}

/**
 * Stops at the first byte too many: a sender may not fill the disk with what it did not announce. Once a chunk is
 * written, the storage receives what it can by itself.
 */
async function receive(writer: BlobWriter, body: BodyBytes, expected: ExpectedBody): Promise<void> {
  let receivedBytes = 0;
  for await (const chunk of body) {
    receivedBytes += chunk.length;
    if (receivedBytes > expected.sizeBytes) {
      throw bodyTooLong(expected);
    }
    const wait = writeOrUnavailable(writer, chunk);
    if (wait !== undefined) {
      await orUnavailable(wait);
    }
    receivedBytes += await receiveAside(writer, body);
  }
}

/** How many bytes the writer received from the connection. */
async function receiveAside(writer: BlobWriter, body: BodyBytes): Promise<number> {
  if (writer.receive === undefined) {
    return 0;
  }
  const rest = body.detach?.();
  return rest === undefined ? 0 : await orUnavailable(writer.receive(rest));
}

function writeOrUnavailable(writer: BlobWriter, chunk: Uint8Array): Promise<void> | undefined {
  try {
    return writer.write(chunk);
  } catch (error) {
    throw unavailable(error);
  }
}

async function orUnavailable<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw unavailable(error);
  }
}

/** A full or failing disk is the operator's to mend: the cause goes to the log, not to the client. */
function unavailable(error: unknown): unknown {
  return error instanceof ServiceError || error instanceof AssertionError
    ? error
    : serviceUnavailable("The data could not be stored. Please try again.", error);
}
