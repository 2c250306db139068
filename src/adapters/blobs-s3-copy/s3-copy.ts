/**
 * A copy of the folder `blobs` in a bucket, as `aws s3 sync` makes it: the object `<prefix>/data/<xx>/<id>` has the
 * bytes of the file of that name. There may be more of a data folder or of a backup beside it. It is only read. The
 * SDK is loaded with the first call.
 */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import type { BlobId } from "../../domain/ids.ts";

const CONNECT_MAX_MS = 10_000;
/** Without a byte in either direction. */
const SILENCE_MAX_MS = 60_000;
const ATTEMPTS_MAX = 5;
const REGION_DEFAULT = "us-east-1";

/** The bucket can't be read; the message says what the service said. */
export class S3CopyError extends Error {
  override readonly name = "S3CopyError";
}

export interface S3CopyOptions {
  readonly bucket: string;
  /** The folder `blobs` in the bucket, or a folder that holds it; empty for the bucket itself. */
  readonly prefix: string;
  /** Where the service is; from the environment, as for every AWS client, unless given. */
  readonly endpoint: string | undefined;
  /** From where the SDK finds them unless given. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface S3Copy {
  /**
   * Writes the object of the blob to a new file at `path`; false when there is none, or when it has more than
   * `sizeBytesMax` bytes. Throws `S3CopyError`; then there is no file.
   */
  fetch(
    blobId: BlobId,
    target: { readonly path: string; readonly sizeBytesMax: number },
  ): Promise<boolean>;
  /** The same with the object `<prefix>/<name>`, however long it is. */
  fetchFile(name: string, path: string): Promise<boolean>;
  close(): void;
}

export function createS3Copy(options: S3CopyOptions): S3Copy {
  const { bucket } = options;
  const prefix = options.prefix.replace(/\/+$/, "");
  let opening: Promise<S3Client> | undefined;
  const findObject = async (key: string) => {
    const { GetObjectCommand } = await import("@aws-sdk/client-s3");
    opening ??= openClient(options);
    try {
      return await (await opening).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey") {
        return undefined;
      }
      throw failureOf(bucket, error);
    }
  };
  const save = async (body: Readable, path: string): Promise<void> => {
    try {
      await pipeline(body, createWriteStream(path, { mode: 0o600 }));
    } catch (error) {
      await rm(path, { force: true });
      throw failureOf(bucket, error);
    }
  };
  return {
    async fetch(blobId, { path, sizeBytesMax }) {
      for (const key of listKeys(prefix, blobId)) {
        const object = await findObject(key);
        if (object === undefined) {
          continue;
        }
        // In Node the SDK gives a stream of the runtime.
        const body = object.Body as Readable;
        if ((object.ContentLength ?? 0) > sizeBytesMax) {
          body.destroy();
          return false;
        }
        await save(body, path);
        return true;
      }
      return false;
    },
    async fetchFile(name, path) {
      const object = await findObject(inPrefix(prefix, name));
      if (object !== undefined) {
        await save(object.Body as Readable, path);
      }
      return object !== undefined;
    },
    close() {
      opening?.then(
        (client) => client.destroy(),
        () => undefined,
      );
    },
  };
}

/** The whole data folder may have been copied. */
function listKeys(prefix: string, blobId: BlobId): readonly string[] {
  const name = `data/${blobId.slice(-2)}/${blobId}`;
  return ["", "blobs/"].map((folder) => inPrefix(prefix, `${folder}${name}`));
}

function inPrefix(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

async function openClient({ endpoint, credentials }: S3CopyOptions): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const isElsewhere = Boolean(endpoint || AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL);
  return new S3Client({
    region: AWS_REGION || AWS_DEFAULT_REGION || REGION_DEFAULT,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: isElsewhere,
    followRegionRedirects: true,
    maxAttempts: ATTEMPTS_MAX,
    // The bytes are verified against the metadata; older S3-compatible services have no checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: CONNECT_MAX_MS, socketTimeout: SILENCE_MAX_MS },
  });
}

function failureOf(bucket: string, error: unknown): S3CopyError {
  const { name, message, $metadata, code } = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly code?: string;
  };
  const status = $metadata?.httpStatusCode;
  const reason =
    status === undefined
      ? `the S3 service can't be read (${code ?? message})`
      : `the S3 service says ${name}: ${message === "" || message === name ? `status ${status}` : message}`;
  return new S3CopyError(`bucket ${bucket}: ${reason}`, { cause: error });
}
