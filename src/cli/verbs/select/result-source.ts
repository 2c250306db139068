/** Where the command line reads the results of a select job from: the service itself, or an S3-compatible one. */
import type { AdminClientOptions } from "../../../client/admin-client.ts";
import { findBucketObject } from "../../../client/bucket-client.ts";
import { hmacSha256, sha256 } from "../../../std/hasher-node.ts";
import type { AdminSurroundings } from "../../admin-connection.ts";
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";

export interface ReadObject {
  readonly sizeBytes: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface ResultSource {
  /** The object; `undefined` when there is none. */
  find(bucketName: string, key: string): Promise<ReadObject | undefined>;
}

/** Through the operations API, signed by the service's root, whose credentials the environment has. */
export function createServiceSource(
  { adminUrl, region }: { readonly adminUrl: string; readonly region: string },
  { env, fetch, nowMs }: AdminSurroundings,
): ResultSource {
  return {
    find: async (bucketName, key) => {
      const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
      if (!accessKeyId || !secretAccessKey) {
        throw new VerbFailure(
          EXIT.noCredentials,
          "the results can't be read without the root credentials of the service in AWS_ACCESS_KEY_ID and" +
            " AWS_SECRET_ACCESS_KEY; when they are in an S3 service, name it with --s3-endpoint",
        );
      }
      const credentials = { accessKeyId, secretAccessKey };
      const options: AdminClientOptions = {
        ...{ adminUrl, credentials, fetch, nowMs },
        ...{ sha256, hmacSha256 },
      };
      return await findBucketObject(options, { bucketName, region, key });
    },
  };
}

/** From an S3-compatible service, with the credentials that the SDK finds. */
export function createS3Source(options: {
  readonly endpoint: string;
  readonly region: string;
}): ResultSource {
  return {
    find: async (bucketName, key) => {
      const { GetObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
      const client = new S3Client({
        ...options,
        forcePathStyle: true,
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
      });
      try {
        const command = new GetObjectCommand({ Bucket: bucketName, Key: key });
        const { Body, ContentLength = 0 } = await client.send(command);
        // In Node the SDK gives a stream of the runtime, whose chunks are bytes.
        const bytes = Body as unknown as AsyncIterable<Uint8Array>;
        return { sizeBytes: ContentLength, bytes };
      } catch (error) {
        const { name, message } = error as Error;
        if (name === "NoSuchKey") {
          return undefined;
        }
        const text = `${options.endpoint} does not give s3://${bucketName}/${key}: ${name}: ${message}`;
        throw new VerbFailure(EXIT.unreachable, text, { cause: error });
      }
    },
  };
}
