/** One request with its answer, as the steps of the pipeline share it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { WireRequest } from "../auth/sigv4/wire-request.ts";
import { type BodyReader, createBodyReader } from "./request-body.ts";
import { pairRawHeaders, type RequestHeaders, readRequestHeaders } from "./request-headers.ts";
import { parseRequestTarget, type RequestTarget } from "./request-target.ts";

export interface Exchange {
  readonly requestId: string;
  readonly method: string;
  readonly target: RequestTarget;
  /** What the signature covers. */
  readonly wire: WireRequest;
  readonly headers: RequestHeaders;
  /** `Content-Length`, or `undefined` for a body of unannounced length; 0 when there is no body. */
  readonly announcedBytes: number | undefined;
  /** The service that the credential scope names, before anything about it was checked. */
  readonly claimedService: string | undefined;
  /** The access key that the request names, before anything about it was checked. */
  readonly claimedAccessKeyId: string | undefined;
  /** Most requests have none, and their reader is never made. */
  readonly body: BodyReader;
  /** Bytes of the body received so far. */
  receivedBytes(): number;
  /** The address of the socket's other end; empty when it has gone already. */
  readonly sourceIp: string;
  /** Whether the connection is encrypted. */
  readonly isSecure: boolean;
}

/** Reads the head of a request; the body stays unread. Throws `BadRequest` for a malformed target. */
export function createExchange(
  request: IncomingMessage,
  response: ServerResponse,
  options: {
    readonly requestId: string;
    readonly idleTimeoutMs: number;
    readonly expectsContinue: boolean;
    /** Called before the body is asked for; what it throws, reading the body throws. */
    readonly onBodyStart?: () => void;
  },
): Exchange {
  return new RequestExchange(request, response, options);
}

type ExchangeOptions = Parameters<typeof createExchange>[2];

class RequestExchange implements Exchange {
  readonly requestId: string;
  readonly method: string;
  readonly target: RequestTarget;
  readonly wire: WireRequest;
  readonly headers: RequestHeaders;
  readonly announcedBytes: number | undefined;
  readonly claimedService: string | undefined;
  readonly claimedAccessKeyId: string | undefined;
  readonly sourceIp: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: ExchangeOptions;
  #reader: BodyReader | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, options: ExchangeOptions) {
    const pairs = pairRawHeaders(request.rawHeaders);
    const target = parseRequestTarget(request.url ?? "/");
    const sent = readRequestHeaders(pairs);
    const hoisted = listHoistedHeaders(target);
    const claims = findClaims(sent, target);
    this.requestId = options.requestId;
    this.method = request.method ?? "GET";
    this.target = target;
    this.wire = { method: this.method, path: target.path, query: target.query, headers: pairs };
    this.headers = hoisted.length === 0 ? sent : new Map([...hoisted, ...sent]);
    this.announcedBytes = findAnnouncedBytes(this.headers);
    this.claimedService = claims.service;
    this.claimedAccessKeyId = claims.accessKeyId;
    this.sourceIp = findSourceIp(request);
    this.#request = request;
    this.#response = response;
    this.#options = options;
  }

  get body(): BodyReader {
    this.#reader ??= this.#createReader();
    return this.#reader;
  }

  get isSecure(): boolean {
    const { socket } = this.#request;
    return "encrypted" in socket && socket.encrypted === true;
  }

  receivedBytes(): number {
    return this.#reader?.receivedBytes() ?? 0;
  }

  #createReader(): BodyReader {
    const { idleTimeoutMs, onBodyStart, expectsContinue } = this.#options;
    return createBodyReader(this.#request, {
      idleTimeoutMs,
      onStart: () => {
        onBodyStart?.();
        if (expectsContinue) {
          this.#response.writeContinue();
        }
      },
    });
  }
}

/** A listener on both families reports an IPv4 client as `::ffff:192.0.2.1`. */
export function findSourceIp({ socket }: Pick<IncomingMessage, "socket">): string {
  const address = socket.remoteAddress ?? "";
  return address.startsWith("::") ? address.replace(/^::ffff:(?=\d+\.)/i, "") : address;
}

/** Presigned URLs of the SDK for JavaScript v3 carry `x-amz-*` headers as query parameters. */
function listHoistedHeaders({ parameters }: RequestTarget): [name: string, value: string][] {
  return parameters.has("X-Amz-Signature")
    ? [...parameters].filter(([name, value]) => name.startsWith("x-amz-") && value !== "")
    : NO_HEADERS;
}

const NO_HEADERS: [name: string, value: string][] = [];

/** Refusals are answered in the dialect of the service that the client means, verified or not. */
function findClaims(headers: RequestHeaders, target: RequestTarget) {
  const credential =
    headers.get("authorization") ?? target.parameters.get("X-Amz-Credential") ?? "";
  return {
    service: /\/\d{8}\/[^/]*\/([a-z]+)\/aws4_request/.exec(credential)?.[1],
    accessKeyId: /(?:^|[\s,]Credential=)([A-Za-z0-9_]{16,128})\/\d{8}\//.exec(credential)?.[1],
  };
}

function findAnnouncedBytes(headers: RequestHeaders): number | undefined {
  const length = headers.get("content-length");
  if (length !== undefined) {
    return Number(length);
  }
  return headers.has("transfer-encoding") ? undefined : 0;
}
