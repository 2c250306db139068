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
  readonly body: BodyReader;
}

/** Reads the head of a request; the body stays unread. Throws `BadRequest` for a malformed target. */
export function createExchange(
  request: IncomingMessage,
  response: ServerResponse,
  options: {
    readonly requestId: string;
    readonly idleTimeoutMs: number;
    readonly expectsContinue: boolean;
  },
): Exchange {
  const method = request.method ?? "GET";
  const pairs = pairRawHeaders(request.rawHeaders);
  const headers = readRequestHeaders(pairs);
  const target = parseRequestTarget(request.url ?? "/");
  const body = createBodyReader(request, {
    idleTimeoutMs: options.idleTimeoutMs,
    onStart: () => {
      if (options.expectsContinue) {
        response.writeContinue();
      }
    },
  });
  return {
    requestId: options.requestId,
    method,
    target,
    wire: { method, path: target.path, query: target.query, headers: pairs },
    headers,
    announcedBytes: findAnnouncedBytes(headers),
    body,
  };
}

function findAnnouncedBytes(headers: RequestHeaders): number | undefined {
  const length = headers.get("content-length");
  if (length !== undefined) {
    return Number(length);
  }
  return headers.has("transfer-encoding") ? undefined : 0;
}
