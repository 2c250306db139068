/**
 * Results as objects of an S3-compatible service. An object is gathered in memory, up to 16 MiB, and put with one
 * request, so that it is there as a whole or not at all. The SDK is loaded with the first call.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { MIB } from "../../domain/limits.ts";
import type {
  ResultDestination,
  ResultSource,
  ResultStore,
  ResultWriter,
  StoredResult,
} from "../../ports/result-store.ts";
import { assert } from "../../std/assert.ts";
import { putOptionsOf } from "./put-options.ts";
import { failureOf, isAbsence } from "./s3-failure.ts";

/** Held in memory by every job that writes: larger parts would save requests only. */
const PART_MAX_BYTES = 16 * MIB;
const CONNECT_MAX_MS = 10_000;
/** Without a byte in either direction. */
const SILENCE_MAX_MS = 60_000;
/** The engine tries again with pauses of its own. */
const ATTEMPTS_MAX = 3;

export interface S3ResultsOptions {
  /** Where the service is, such as `http://127.0.0.1:9000`. */
  readonly endpoint: string;
  /** From where the SDK finds them (environment, shared files, instance) unless given. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Results in the buckets of the service at `endpoint`, which must exist; nothing is asked of it yet. */
export function createS3Results(options: S3ResultsOptions): ResultStore {
  return new S3Results(options);
}

class S3Results implements ResultStore {
  readonly partMaxBytes = PART_MAX_BYTES;
  readonly #options: S3ResultsOptions;
  /** By region: that of the bucket, which requests are signed for. */
  readonly #clients = new Map<string, Promise<S3Client>>();
  /** A buffer for an object, of the last one that was put: a job puts one after another. */
  #spare: Uint8Array<ArrayBuffer> | undefined;

  constructor(options: S3ResultsOptions) {
    this.#options = options;
  }

  async openWriter(destination: ResultDestination, key: string): Promise<ResultWriter> {
    const { bucketName } = destination;
    const options = await orFailure(bucketName, async () => putOptionsOf(destination));
    let body = new Uint8Array(0);
    let sizeBytes = 0;
    return {
      write: async (chunk) => {
        const filled = sizeBytes;
        sizeBytes += chunk.length;
        assert(sizeBytes <= PART_MAX_BYTES, `an object of ${sizeBytes} bytes is too large`);
        body = sizeBytes <= body.length ? body : this.#grow(body.subarray(0, filled), sizeBytes);
        body.set(chunk, filled);
      },
      commit: () =>
        orFailure(bucketName, async () => {
          const { PutObjectCommand } = await import("@aws-sdk/client-s3");
          const Body = body.subarray(0, sizeBytes);
          const client = await this.#clientOf(destination);
          await client.send(
            new PutObjectCommand({
              ...options,
              ...{ Bucket: bucketName, Key: key, Body, ContentLength: sizeBytes },
            }),
          );
          // Only now is nobody reading from it.
          this.#spare = body.length === PART_MAX_BYTES ? body : this.#spare;
          body = new Uint8Array(0);
        }),
      abort: async () => {
        body = new Uint8Array(0);
      },
    };
  }

  /**
   * `bytes` in a buffer for `neededBytes`: of that size for what comes in one piece, such as a manifest, else for
   * a whole part.
   */
  #grow(bytes: Uint8Array, neededBytes: number): Uint8Array<ArrayBuffer> {
    if (bytes.length === 0) {
      return new Uint8Array(neededBytes);
    }
    const grown = this.#spare ?? new Uint8Array(PART_MAX_BYTES);
    this.#spare = undefined;
    grown.set(bytes);
    return grown;
  }

  async *list(destination: ResultDestination, prefix: string): AsyncGenerator<string, void, void> {
    const { bucketName } = destination;
    let token: string | undefined;
    do {
      const page = await orFailure(bucketName, async () => {
        const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
        const client = await this.#clientOf(destination);
        const next = token === undefined ? {} : { ContinuationToken: token };
        const input = { Bucket: bucketName, Prefix: prefix, ...next };
        return await client.send(new ListObjectsV2Command(input));
      });
      for (const { Key } of page.Contents ?? []) {
        if (Key !== undefined) {
          yield Key;
        }
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async remove(destination: ResultDestination, key: string): Promise<void> {
    const { bucketName } = destination;
    await orFailure(bucketName, async () => {
      const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
      const client = await this.#clientOf(destination);
      await client.send(new DeleteObjectCommand({ Bucket: bucketName, Key: key }));
    });
  }

  async find(source: ResultSource): Promise<StoredResult | undefined> {
    const { bucketName, key } = source;
    return await orFailure(bucketName, async () => {
      const { GetObjectCommand } = await import("@aws-sdk/client-s3");
      const client = await this.#clientOf(source);
      try {
        const command = new GetObjectCommand({ Bucket: bucketName, Key: key });
        const { Body, ContentLength = 0 } = await client.send(command);
        // In Node the SDK gives a stream of the runtime, whose chunks are bytes.
        const bytes = Body as unknown as AsyncIterable<Uint8Array>;
        return { sizeBytes: ContentLength, bytes };
      } catch (error) {
        if (isAbsence(error)) {
          return undefined;
        }
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    for (const client of clients) {
      if (client.status === "fulfilled") {
        client.value.destroy();
      }
    }
  }

  #clientOf({ region }: { readonly region: string }): Promise<S3Client> {
    const opened = this.#clients.get(region) ?? this.#openClient(region);
    this.#clients.set(region, opened);
    return opened;
  }

  /** Checksums only where S3 demands them: older S3-compatible services refuse the SDK's own. */
  async #openClient(region: string): Promise<S3Client> {
    const { S3Client } = await import("@aws-sdk/client-s3");
    return new S3Client({
      ...this.#options,
      region,
      forcePathStyle: true,
      maxAttempts: ATTEMPTS_MAX,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: { connectionTimeout: CONNECT_MAX_MS, socketTimeout: SILENCE_MAX_MS },
    });
  }
}

async function orFailure<T>(bucketName: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(bucketName, error);
  }
}
