/** The listener for whoever runs the service: health, metrics and the operations API. Everything else is not found. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { Logger } from "../ports/logger.ts";
import { ADMIN_PREFIX } from "./admin-routes.ts";
import { createHttpServer, type TlsIdentity } from "./http-server.ts";

/** Requests here have a small body at most and few headers, so they get little room and little time. */
const HEAD_MAX_BYTES = 8 * 1024;
const HEAD_MAX_MS = 5_000;
const REQUEST_MAX_MS = 10_000;
const CONNECTIONS_MAX = 256;

const TEXT = "text/plain; charset=utf-8";
/** The text format of Prometheus, version 0.0.4. */
const METRICS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

export interface ConsoleListenerOptions {
  /** Whether the service takes requests now: not before it is started, not while it stops. */
  isReady(): boolean;
  /** Metrics in the Prometheus text format. */
  renderMetrics(): Promise<string>;
  /** Answers the operations API below `/admin/v1/`; it is not found without. Never rejects. */
  answerOperator?(request: IncomingMessage, response: ServerResponse): Promise<void>;
  readonly logger: Logger;
  /**
   * Whether requests must name the listener by an address or as `localhost`: for a listener that only this machine
   * reaches. A page in a browser of this machine could otherwise give its own name the address 127.0.0.1 and read
   * what is here (DNS rebinding).
   */
  readonly mustNameLoopback?: boolean;
  /** Over TLS when given. */
  readonly identity?: TlsIdentity | undefined;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/**
 * A server, not yet listening, for `GET` and `HEAD` of `/health/live` (200 as long as the process answers),
 * `/health/ready` (200, or 503 when `isReady` says no) and `/metrics`,
 * and for the operations API. Its owner listens and closes.
 */
export function createConsoleListener(options: ConsoleListenerOptions): Server {
  const server = createHttpServer(
    {
      maxHeaderSize: HEAD_MAX_BYTES,
      headersTimeout: HEAD_MAX_MS,
      requestTimeout: REQUEST_MAX_MS,
      connectionsCheckingInterval: 1_000,
    },
    options.identity,
  );
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (options.mustNameLoopback === true && !namesLoopback(request.headers.host)) {
      const advice = "this listener answers to its address and to localhost only";
      send({ request, response, content: plainAnswer(421, advice) });
      return;
    }
    if (options.answerOperator !== undefined && request.url?.startsWith(ADMIN_PREFIX)) {
      void options.answerOperator(request, response);
      return;
    }
    answer(request, options).then(
      (content) => send({ request, response, content }),
      (error: unknown) => {
        options.logger.error({ err: error, url: request.url }, "the console listener failed");
        send({ request, response, content: plainAnswer(500, "internal error") });
      },
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

/** A client without Host is no browser. */
function namesLoopback(host: string | undefined): boolean {
  const name = host?.replace(/:\d{1,5}$/, "") ?? "localhost";
  return isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0 || /^localhost\.?$/i.test(name);
}

async function answer(request: IncomingMessage, options: ConsoleListenerOptions): Promise<Answer> {
  const [path] = (request.url ?? "").split("?");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plainAnswer(404, "not found");
  }
  switch (path) {
    case "/health/live":
      return plainAnswer(200, "ok");
    case "/health/ready":
      return options.isReady() ? plainAnswer(200, "ok") : plainAnswer(503, "not ready");
    case "/metrics":
      return { status: 200, contentType: METRICS_TEXT, text: await options.renderMetrics() };
    default:
      return plainAnswer(404, "not found");
  }
}

function plainAnswer(status: number, text: string): Answer {
  return { status, contentType: TEXT, text: `${text}\n` };
}

function send(exchange: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: Answer;
}): void {
  const { request, response, content } = exchange;
  const body = Buffer.from(content.text);
  response.writeHead(content.status, {
    "content-type": content.contentType,
    "content-length": body.length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // A body that nobody asked for is not read: the connection ends with the answer.
    ...(hasBody(request) ? { connection: "close" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}
