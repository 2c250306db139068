/** The only writer of error answers (contract §1.5). */
import type { ServerResponse } from "node:http";
import { ServiceError } from "../domain/errors.ts";
import { errorTable } from "../protocol/errors.ts";
import { formatJson } from "../std/json.ts";

export interface RenderedError {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** The error as the client sees it. */
  readonly shown: { readonly code: string; readonly message: string };
}

/**
 * The answer for anything thrown. What is not a refusal of ours becomes an internal failure that reveals
 * the request id and nothing else.
 */
export function renderError(error: unknown, requestId: string): RenderedError {
  const shown = error instanceof ServiceError ? error : internalFailure(requestId);
  const { status, type } = errorTable[shown.code];
  const body = formatJson({ code: shown.code, message: shown.message, type });
  return {
    status,
    headers: [
      ["x-amzn-RequestId", requestId],
      ["x-amzn-ErrorType", shown.code],
      ["Content-Type", "application/json"],
      ["Content-Length", String(Buffer.byteLength(body))],
    ],
    body,
    shown,
  };
}

/** Sends a rendered error on a response whose head was not sent yet. */
export function sendError(
  response: ServerResponse,
  rendered: RenderedError,
  options: { readonly closeConnection: boolean },
): void {
  const closing = options.closeConnection ? ["Connection", "close"] : [];
  response.writeHead(rendered.status, [...rendered.headers.flat(), ...closing]);
  response.end(rendered.body);
}

/** The bytes of a whole response, for connections on which no request could be parsed. */
export function formatRawResponse(rendered: RenderedError, date: Date): string {
  const head = [
    `HTTP/1.1 ${rendered.status} ${rendered.status === 408 ? "Request Timeout" : "Bad Request"}`,
    ...rendered.headers.map(([name, value]) => `${name}: ${value}`),
    `Date: ${date.toUTCString()}`,
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${rendered.body}`;
}

function internalFailure(requestId: string): ServiceError {
  return new ServiceError(
    "ServiceUnavailableException",
    `The service failed to answer; the log tells why under request id ${requestId}.`,
  );
}
