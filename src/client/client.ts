/** A client of the 33 operations, for Moraine and for Amazon S3 Glacier alike. */
import { setTimeout as pause } from "node:timers/promises";
import { EMPTY_PAYLOAD_HASH } from "../auth/sigv4/payload-hash.ts";
import { type SigningCredentials, signRequest } from "../auth/sigv4/sign.ts";
import type { OperationName } from "../protocol/operations.ts";
import { concatBytes, formatHex } from "../std/bytes.ts";
import { hmacSha256, sha256 } from "../std/hasher-node.ts";
import type { CallInput, CallResult, DownloadBody, ResponseHeaders } from "./call-types.ts";
import { answersStream, decodeError, decodeResponse } from "./decode-response.ts";
import { type EncodedRequest, encodeRequest } from "./encode-request.ts";
import { describeFailure, TransportError } from "./errors.ts";
import { DEFAULT_MAX_ATTEMPTS, decideRetry } from "./retry.ts";
import { waitsForContinue } from "./send-body.ts";
import { createTransport, type Transport, type TransportAnswer } from "./transport.ts";

type HeaderList = readonly (readonly [name: string, value: string])[];

export interface GlacierClientOptions {
  /** With or without a path in front of the API's; see `resolveEndpoint`. */
  readonly endpoint: URL;
  /** The region that signatures are for. */
  readonly region: string;
  /** Asked before each attempt; `undefined` sends requests unsigned. */
  readonly credentials: (() => Promise<SigningCredentials>) | undefined;
  /** 60 s by default, as the AWS CLI has it; 0 waits without end. */
  readonly connectTimeoutMs?: number;
  readonly readTimeoutMs?: number;
  /** `false` accepts any certificate. */
  readonly verifyTls?: boolean;
  /** PEM certificates to trust in place of the well-known ones. */
  readonly ca?: string | undefined;
  /** The first one included; 5 by default. */
  readonly maxAttempts?: number;
  readonly userAgent?: string;
  /** Told of each request before it is sent and of each answer; signatures and tokens are left out. */
  readonly onTraffic?: (event: TrafficEvent) => void;
  /** Clock, chance and waiting; the real ones by default. */
  readonly surroundings?: Partial<Surroundings>;
}

export interface Surroundings {
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly sleep: (durationMs: number, signal: AbortSignal | undefined) => Promise<void>;
}

export type TrafficEvent =
  | {
      readonly kind: "request";
      readonly attempt: number;
      readonly method: string;
      readonly url: string;
      readonly headers: HeaderList;
    }
  | {
      readonly kind: "answer";
      readonly attempt: number;
      readonly status: number;
      readonly headers: ResponseHeaders;
    }
  | { readonly kind: "retry"; readonly attempt: number; readonly delayMs: number };

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Of this call alone, the first one included. With 1 a caller learns of a failure that may hide an
   * effect, before it asks for the effect a second time.
   */
  readonly maxAttempts?: number | undefined;
}

export interface GlacierClient {
  /**
   * Calls one operation, again after transient failures (see `decideRetry`). Throws `GlacierServiceError`,
   * `TransportError`, `ClientInputError`, what the credentials or the source throw, or the signal's reason.
   */
  call<N extends OperationName>(
    name: N,
    input: CallInput<N>,
    options?: CallOptions,
  ): Promise<CallResult<N>>;
  /** Closes all connections; no call may follow. */
  close(): void;
}

const API_VERSION = "2012-06-01";
const SERVICE = "glacier";
const DEFAULT_TIMEOUT_MS = 60_000;
/** More than any error has; what is beyond is left unread. */
const ERROR_BODY_MAX_BYTES = 64 * 1024;

/** Opens no connection before the first call. */
export function createGlacierClient(options: GlacierClientOptions): GlacierClient {
  const transport = createTransport({
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    readTimeoutMs: options.readTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    verifyTls: options.verifyTls ?? true,
    ca: options.ca,
  });
  const caller: Caller = {
    options,
    transport,
    surroundings: {
      nowMs: Date.now,
      random: Math.random,
      sleep: (durationMs, signal) => pause(durationMs, undefined, signal ? { signal } : {}),
      ...options.surroundings,
    },
  };
  return {
    call: async (name, input, { signal, maxAttempts } = {}) => {
      const request = encodeRequest(name, input);
      return await callWithRetries(caller, { name, request, signal, maxAttempts });
    },
    close: () => transport.close(),
  };
}

interface Caller {
  readonly options: GlacierClientOptions;
  readonly transport: Transport;
  readonly surroundings: Surroundings;
}

interface PreparedCall<N extends OperationName> {
  readonly name: N;
  readonly request: EncodedRequest;
  readonly signal: AbortSignal | undefined;
  readonly maxAttempts: number | undefined;
}

async function callWithRetries<N extends OperationName>(
  caller: Caller,
  call: PreparedCall<N>,
): Promise<CallResult<N>> {
  const { options, surroundings } = caller;
  const maxAttempts = call.maxAttempts ?? options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS;
  for (let attempt = 1; ; attempt += 1) {
    call.signal?.throwIfAborted();
    try {
      return await callOnce(caller, call, attempt);
    } catch (error) {
      const jitter = surroundings.random();
      const delayMs = decideRetry({ attempt, maxAttempts, error, jitter });
      if (delayMs === undefined || call.signal?.aborted) {
        throw error;
      }
      options.onTraffic?.({ kind: "retry", attempt, delayMs });
      await sleepUnlessAborted(surroundings, delayMs, call.signal);
    }
  }
}

/** The timer's own `AbortError` would hide the reason that the caller gave. */
async function sleepUnlessAborted(
  { sleep }: Surroundings,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await sleep(delayMs, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function callOnce<N extends OperationName>(
  caller: Caller,
  { name, request, signal }: PreparedCall<N>,
  attempt: number,
): Promise<CallResult<N>> {
  const { options, transport } = caller;
  const { endpoint } = options;
  const path = `${endpoint.pathname.replace(/\/+$/, "")}${request.path}`;
  const target = request.query === "" ? path : `${path}?${request.query}`;
  const url = `${endpoint.origin}${target}`;
  const headers = await listHeaders(caller, request, path);
  options.onTraffic?.({
    kind: "request",
    attempt,
    method: request.method,
    url,
    headers: headers.map(hideSecret),
  });
  const { method, body } = request;
  const answer = await transport.send({ method, url: endpoint, target, headers, body, signal });
  options.onTraffic?.({
    kind: "answer",
    attempt,
    status: answer.status,
    headers: answer.headers,
  });
  return await readAnswer(name, answer, { attempt, url });
}

async function readAnswer<N extends OperationName>(
  name: N,
  answer: TransportAnswer,
  { attempt, url }: { readonly attempt: number; readonly url: string },
): Promise<CallResult<N>> {
  const { status, headers } = answer;
  if (status < 200 || status > 299) {
    const bytes = await readAll(answer, ERROR_BODY_MAX_BYTES);
    const text = new TextDecoder().decode(bytes);
    throw decodeError({ status, headers, text }, attempt);
  }
  const body = answersStream(name) ? answer : await readAll(answer, Number.MAX_SAFE_INTEGER);
  try {
    return {
      // Decoding goes by the fields that the type of the output is derived from.
      output: decodeResponse(name, { status, headers, body }) as CallResult<N>["output"],
      status,
      headers,
      requestId: headers["x-amzn-requestid"],
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TransportError("not-the-api", describeFailure("not-the-api", url, reason), { cause });
  }
}

async function readAll(body: DownloadBody, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body.bytes) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      break;
    }
  }
  return concatBytes(chunks);
}

/** All headers of a request, signed when there are credentials. */
async function listHeaders(
  { options, surroundings }: Caller,
  request: EncodedRequest,
  path: string,
): Promise<HeaderList> {
  const { body, method, query } = request;
  const payloadHash = hashOf(body);
  const given: [string, string][] = [
    ["host", options.endpoint.host],
    ["x-amz-glacier-version", API_VERSION],
    ["x-amz-content-sha256", payloadHash],
    ["user-agent", options.userAgent ?? "moraine-client"],
    ["accept-encoding", "identity"],
    ...request.headers.map(([name, value]): [string, string] => [name, value]),
    ...bodyHeaders(request),
  ];
  if (options.credentials === undefined) {
    return given;
  }
  const added = signRequest({
    request: { method, path, query, headers: given },
    credentials: await options.credentials(),
    region: options.region,
    service: SERVICE,
    nowMs: surroundings.nowMs(),
    payloadHash,
    sha256,
    hmacSha256,
  });
  return [...given, ...added];
}

function hashOf(body: EncodedRequest["body"]): string {
  if (body === undefined) {
    return EMPTY_PAYLOAD_HASH;
  }
  return body instanceof Uint8Array ? formatHex(sha256(body)) : body.sha256;
}

function bodyHeaders({ method, body }: EncodedRequest): [string, string][] {
  if (body === undefined) {
    return method === "PUT" || method === "POST" ? [["content-length", "0"]] : [];
  }
  if (body instanceof Uint8Array) {
    return [
      ["content-type", "application/json"],
      ["content-length", String(body.length)],
    ];
  }
  const expect: [string, string][] = waitsForContinue(body) ? [["expect", "100-continue"]] : [];
  return [["content-length", String(body.sizeBytes)], ...expect];
}

const SECRET_HEADERS = new Set(["authorization", "x-amz-security-token"]);

function hideSecret(header: readonly [name: string, value: string]): readonly [string, string] {
  const [name] = header;
  return SECRET_HEADERS.has(name) ? [name, "(hidden)"] : header;
}
