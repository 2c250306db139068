/**
 * A small S3-compatible service in memory, on a port of its own: path-style buckets, PutObject, GetObject,
 * DeleteObject and ListObjectsV2 in pages. It verifies every signature, and that bodies are what was signed.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { parseAuthorization } from "../../src/auth/sigv4/authorization.ts";
import { decodePercent } from "../../src/auth/sigv4/percent-encoding.ts";
import { createSigningKeyCache } from "../../src/auth/sigv4/signing-key.ts";
import { verifyRequest } from "../../src/auth/sigv4/verify.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";

export interface S3Object {
  readonly body: Uint8Array;
  /** As they were put, by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The region of the signature. */
  readonly region: string;
}

export interface S3Endpoint {
  readonly url: string;
  readonly port: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Objects by key, by bucket; a bucket must be made before it is put into. */
  readonly buckets: Map<string, Map<string, S3Object>>;
  /** Requests answered so far, as `PUT /bucket/key`. */
  readonly requests: string[];
  /** What answers in place of the service from now on: an error code with a status, or `undefined`. */
  fault: { readonly status: number; readonly code: string } | undefined;
  close(): Promise<void>;
}

const PAGE = 2;

/** Starts a service on 127.0.0.1. */
export async function startS3Endpoint(): Promise<S3Endpoint> {
  const credentials = {
    accessKeyId: "S3ENDPOINTTESTKEY001",
    secretAccessKey: "s3EndpointTest/s3EndpointTest/0000000001",
  };
  const endpoint = { buckets: new Map(), requests: [] as string[], fault: undefined, credentials };
  const server = createServer((request, response) => {
    answer(endpoint, request, response).catch((error: unknown) => {
      refuse(response, 500, "InternalError", String(error));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(endpoint, {
    port,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

type State = Pick<S3Endpoint, "buckets" | "requests" | "fault" | "credentials">;

async function answer(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const [path = "", query = ""] = (request.url ?? "").split("?");
  state.requests.push(`${request.method} ${path}`);
  if (state.fault !== undefined) {
    refuse(response, state.fault.status, state.fault.code, "told to");
    return;
  }
  const region = verify(state, request, { path, query, body });
  if (region === undefined) {
    refuse(response, 403, "SignatureDoesNotMatch", "The request signature does not match.");
    return;
  }
  const [, bucketName = "", ...names] = path.split("/").map(decodeURIComponent);
  const bucket = state.buckets.get(bucketName);
  if (bucket === undefined) {
    refuse(response, 404, "NoSuchBucket", "The specified bucket does not exist");
    return;
  }
  const key = names.join("/");
  switch (request.method) {
    case "PUT":
      bucket.set(key, { body, headers: request.headers as Record<string, string>, region });
      response.writeHead(200, { etag: '"0"' }).end();
      return;
    case "DELETE":
      bucket.delete(key);
      response.writeHead(204).end();
      return;
    default:
      answerGet(bucket, key, new URLSearchParams(query), response);
  }
}

function verify(
  { credentials }: State,
  request: IncomingMessage,
  { path, query, body }: { readonly path: string; readonly query: string; readonly body: Buffer },
): string | undefined {
  const headers = Array.from(
    { length: request.rawHeaders.length / 2 },
    (_, index): [string, string] => [
      request.rawHeaders[2 * index] ?? "",
      request.rawHeaders[2 * index + 1] ?? "",
    ],
  );
  // S3 alone signs the path as it is sent; the verifier encodes it once more, as all other services do.
  const decoded = path.split("/").map(decodePercent).join("/");
  const wire = { method: request.method ?? "", path: decoded, query, headers };
  const payloadHash = sha256(body).toHex();
  if (request.headers["x-amz-content-sha256"] !== payloadHash) {
    return undefined;
  }
  try {
    const authorization = parseAuthorization(wire);
    if (authorization.accessKeyId !== credentials.accessKeyId) {
      return undefined;
    }
    verifyRequest({
      request: wire,
      authorization,
      secretAccessKey: credentials.secretAccessKey,
      payloadHash,
      nowMs: Date.now(),
      skewMs: 60_000,
      keys: createSigningKeyCache({ maxEntries: 10 }),
      sha256,
      hmacSha256,
    });
    return authorization.scope.service === "s3" ? authorization.scope.region : undefined;
  } catch {
    return undefined;
  }
}

function answerGet(
  bucket: ReadonlyMap<string, S3Object>,
  key: string,
  parameters: URLSearchParams,
  response: ServerResponse,
): void {
  if (key !== "") {
    const found = bucket.get(key);
    if (found === undefined) {
      refuse(response, 404, "NoSuchKey", "The specified key does not exist.");
      return;
    }
    response.writeHead(200, { "content-length": found.body.length }).end(found.body);
    return;
  }
  const prefix = parameters.get("prefix") ?? "";
  const from = parameters.get("continuation-token") ?? "";
  const keys = [...bucket.keys()].filter((name) => name.startsWith(prefix)).sort();
  const page = keys.filter((name) => name > from).slice(0, PAGE);
  const last = page.at(-1) ?? "";
  const isTruncated = keys.some((name) => name > last) && page.length > 0;
  const contents = page.map((name) => `<Contents><Key>${escapeXml(name)}</Key></Contents>`);
  const next = isTruncated
    ? `<NextContinuationToken>${escapeXml(last)}</NextContinuationToken>`
    : "";
  const xml = `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
  response.writeHead(200, { "content-type": "application/xml" }).end(xml);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const xml = `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml" }).end(xml);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
