/** A small KMS on a port of its own: Encrypt and Decrypt with one key. It verifies every signature. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { parseAuthorization } from "../../src/auth/sigv4/authorization.ts";
import { createSigningKeyCache } from "../../src/auth/sigv4/signing-key.ts";
import { verifyRequest } from "../../src/auth/sigv4/verify.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";

export interface KmsEndpoint {
  readonly url: string;
  readonly keyId: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Actions that were answered. */
  readonly calls: string[];
  /** Whether every call is refused from now on. */
  refuse: boolean;
  close(): Promise<void>;
}

const REGION = "eu-west-1";

/** Starts a service on 127.0.0.1. */
export async function startKmsEndpoint(): Promise<KmsEndpoint> {
  const credentials = {
    accessKeyId: "KMSENDPOINTTESTKEY01",
    secretAccessKey: "kmsEndpointTest/kmsEndpointTest/000000001",
  };
  const keyId = `arn:aws:kms:${REGION}:111122223333:key/0b9c2f6e-1111-4222-8333-444455556666`;
  const secret = randomBytes(32);
  const state = { keyId, credentials, calls: [] as string[], refuse: false };
  const server = createServer(async (request, response) => {
    const { status, content } = await answer(state, secret, request);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(content));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

type State = Pick<KmsEndpoint, "keyId" | "credentials" | "calls" | "refuse">;

async function answer(state: State, secret: Uint8Array, request: IncomingMessage) {
  const body = await buffer(request);
  if (state.refuse) {
    return refusal("AccessDeniedException", "told to");
  }
  if (!isSigned(state, request, body)) {
    return refusal("IncompleteSignature", "The request signature does not match.");
  }
  const input = JSON.parse(body.toString());
  if (input.KeyId !== state.keyId) {
    return refusal("NotFoundException", "There is no such key.");
  }
  const action = String(request.headers["x-amz-target"]).replace("TrentService.", "");
  state.calls.push(action);
  const context = Buffer.from(JSON.stringify(input.EncryptionContext));
  if (action === "Encrypt") {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", secret, nonce).setAAD(context);
    const parts = [cipher.update(Buffer.from(input.Plaintext, "base64")), cipher.final()];
    const blob = Buffer.concat([nonce, ...parts, cipher.getAuthTag()]);
    const content = { KeyId: state.keyId, CiphertextBlob: blob.toString("base64") };
    return { status: 200, content };
  }
  try {
    const blob = Buffer.from(input.CiphertextBlob, "base64");
    const decipher = createDecipheriv("aes-256-gcm", secret, blob.subarray(0, 12));
    decipher.setAAD(context).setAuthTag(blob.subarray(-16));
    const text = Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]);
    return { status: 200, content: { KeyId: state.keyId, Plaintext: text.toString("base64") } };
  } catch {
    return refusal("InvalidCiphertextException", "The ciphertext is not of this key and context.");
  }
}

function refusal(type: string, message: string) {
  return { status: 400, content: { __type: type, message } };
}

function isSigned({ credentials }: State, request: IncomingMessage, body: Uint8Array): boolean {
  const headers = Array.from(
    { length: request.rawHeaders.length / 2 },
    (_, index): [string, string] => [
      request.rawHeaders[2 * index] ?? "",
      request.rawHeaders[2 * index + 1] ?? "",
    ],
  );
  const wire = { method: request.method ?? "", path: request.url ?? "", query: "", headers };
  try {
    const authorization = parseAuthorization(wire);
    verifyRequest({
      request: wire,
      authorization,
      secretAccessKey: credentials.secretAccessKey,
      payloadHash: sha256(body).toHex(),
      nowMs: Date.now(),
      skewMs: 60_000,
      keys: createSigningKeyCache({ maxEntries: 10 }),
      sha256,
      hmacSha256,
    });
    const { service, region } = authorization.scope;
    const isOurs = authorization.accessKeyId === credentials.accessKeyId;
    return isOurs && service === "kms" && region === REGION;
  } catch {
    return false;
  }
}
