/**
 * Results as objects of an S3-compatible service. An object is gathered in memory, up to 64 MiB, and put with one
 * request, so that it is there as a whole or not at all. The SDK is loaded with the first call.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { SELECT_PART_MAX_BYTES } from "../../domain/limits.ts";
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
  readonly #options: S3ResultsOptions;
  /** By region: that of the bucket, which requests are signed for. */
  readonly #clients = new Map<string, Promise<S3Client>>();

  constructor(options: S3ResultsOptions) {
    this.#options = options;
  }

  async openWriter(destination: ResultDestination, key: string): Promise<ResultWriter> {
    const { bucketName } = destination;
    const options = await orFailure(bucketName, async () => putOptionsOf(destination));
    let chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    return {
      write: async (chunk) => {
        sizeBytes += chunk.length;
        assert(sizeBytes <= SELECT_PART_MAX_BYTES, `an object of ${sizeBytes} bytes is too large`);
        chunks.push(new Uint8Array(chunk));
      },
      commit: () =>
        orFailure(bucketName, async () => {
          const { PutObjectCommand } = await import("@aws-sdk/client-s3");
          const Body = Buffer.concat(chunks);
          chunks = [];
          const client = await this.#clientOf(destination);
          const ContentLength = Body.length;
          await client.send(
            new PutObjectCommand({ ...options, Bucket: bucketName, Key: key, Body, ContentLength }),
          );
        }),
      abort: async () => {
        chunks = [];
      },
    };
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
