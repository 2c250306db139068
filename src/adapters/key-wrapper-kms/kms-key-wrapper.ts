/** Master keys encrypted by a key of AWS KMS, or of a service like it. The SDK is loaded when it is needed. */
import type { KMSClient } from "@aws-sdk/client-kms";
import { type KeyWrapper, KeyWrapperError } from "../../ports/key-wrapper.ts";

const CONNECT_MAX_MS = 10_000;
const ANSWER_MAX_MS = 20_000;
const ATTEMPTS_MAX = 3;
/** What a key was wrapped for; KMS binds the ciphertext to it and shows it in its own log. */
const CONTEXT_NAME = "moraine";

export interface KmsKeyWrapperOptions {
  /** Id, ARN or alias. */
  readonly wrappingKeyId: string;
  /** `undefined` for AWS in the environment's region. */
  readonly endpoint: string | undefined;
  /** From where the SDK finds them (environment, shared files, instance) unless given. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Nothing is asked of the service yet. */
export function createKmsKeyWrapper(options: KmsKeyWrapperOptions): KeyWrapper {
  const { wrappingKeyId } = options;
  const ask = async (
    action: string,
    call: (sdk: typeof import("@aws-sdk/client-kms"), client: KMSClient) => Promise<unknown>,
  ): Promise<Uint8Array> => {
    const sdk = await import("@aws-sdk/client-kms");
    const client = openClient(sdk, options);
    try {
      const bytes = await call(sdk, client);
      if (!(bytes instanceof Uint8Array)) {
        throw new Error("the answer has no bytes");
      }
      return bytes;
    } catch (cause) {
      const { name, message } = cause as Error;
      throw new KeyWrapperError(
        `KMS refused ${action} with key ${wrappingKeyId}: ${name}: ${message}`,
        {
          cause,
        },
      );
    } finally {
      client.destroy();
    }
  };
  return {
    wrappingKeyId,
    wrap: (key, context) =>
      ask("Encrypt", async ({ EncryptCommand }, client) => {
        const EncryptionContext = { [CONTEXT_NAME]: context };
        const input = { KeyId: wrappingKeyId, Plaintext: key, EncryptionContext };
        return (await client.send(new EncryptCommand(input))).CiphertextBlob;
      }),
    unwrap: (wrapped, context) =>
      ask("Decrypt", async ({ DecryptCommand }, client) => {
        const EncryptionContext = { [CONTEXT_NAME]: context };
        const input = { KeyId: wrappingKeyId, CiphertextBlob: wrapped, EncryptionContext };
        return (await client.send(new DecryptCommand(input))).Plaintext;
      }),
  };
}

function openClient(
  { KMSClient }: typeof import("@aws-sdk/client-kms"),
  { endpoint, credentials, wrappingKeyId }: KmsKeyWrapperOptions,
): KMSClient {
  const region = regionOf(wrappingKeyId);
  return new KMSClient({
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: { connectionTimeout: CONNECT_MAX_MS, requestTimeout: ANSWER_MAX_MS },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(region === undefined ? {} : { region }),
  });
}

/** An ARN names its region; `arn:aws:kms:eu-west-1:111122223333:key/…`. */
function regionOf(wrappingKeyId: string): string | undefined {
  return /^arn:[^:]+:kms:([^:]+):/.exec(wrappingKeyId)?.[1];
}
