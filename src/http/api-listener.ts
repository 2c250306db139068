/** The API listener: Node's HTTP server with the limits of the service. */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { badRequest, requestTimeout } from "../domain/errors.ts";
import { REQUEST_HEAD_MAX_BYTES } from "../domain/limits.ts";
import { tellUnparsed } from "./audit-trail.ts";
import { createConnectionBook } from "./connection-book.ts";
import { limitConnections } from "./connection-limit.ts";
import { createHttpServer, type TlsIdentity, watchHandshakes } from "./http-server.ts";
import { handleRequest, type PipelineServices } from "./pipeline.ts";
import { formatRawResponse, renderError } from "./render-error.ts";
import { createTurnBatch } from "./turn-batch.ts";

/** How long an idle connection is kept for the next request. */
const KEEP_ALIVE_MS = 65_000;
/** How often connections are looked at for a head that takes too long. */
const HEAD_CHECK_MAX_MS = 1_000;
/** The socket's own limit comes after the body's, so that a stalled client gets its 408 first. */
const SOCKET_GRACE_MS = 5_000;

/** Makes the server, over TLS with an `identity`; the caller listens and closes. */
export function createApiListener(services: PipelineServices, identity?: TlsIdentity): Server {
  const server = createHttpServer(serverOptions(services), identity);
  // Headers beyond a count would be dropped silently and break signatures; their bytes are limited above.
  server.maxHeadersCount = 0;
  server.setTimeout(services.idleTimeoutMs + SOCKET_GRACE_MS);
  const connections = createConnectionBook();
  const isWithoutKeys = watchHandshakes(server);
  const isSurplus = limitConnections(server, services.limits.connectionsMax);
  const begin = createTurnBatch();
  const answer =
    (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
      connections.add(request, response);
      const options = { expectsContinue, isSurplus: isSurplus(request.socket) };
      begin(() => void handleRequest(request, response, options, services));
    };
  server.on("request", answer(false));
  server.on("checkContinue", answer(true));
  // No other expectation exists; Node would refuse it with an answer that is not ours.
  server.on("checkExpectation", answer(false));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (isWithoutKeys(socket)) {
      services.logger.info({ code: error.code, peer: socket.remoteAddress }, "no TLS connection");
      socket.destroy();
    } else if (!connections.endBroken(socket, error)) {
      answerUnparsed(error, socket, services);
    }
  });
  return server;
}

function serverOptions({ idleTimeoutMs }: PipelineServices): ServerOptions {
  return {
    maxHeaderSize: REQUEST_HEAD_MAX_BYTES,
    headersTimeout: idleTimeoutMs,
    connectionsCheckingInterval: Math.min(idleTimeoutMs, HEAD_CHECK_MAX_MS),
    // An upload may take hours; what is limited is how long a client sends nothing.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A request without Host is refused with the contract's error instead of Node's bare 400.
    requireHostHeader: false,
  };
}

/** Bytes that are no HTTP request, or a head that never ends (contract: malformed HTTP is `BadRequest`). */
function answerUnparsed(
  error: NodeJS.ErrnoException,
  socket: Socket,
  services: PipelineServices,
): void {
  if (error.code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    // Something was answered on this connection before: bytes sent now could be taken for a part of it.
    socket.destroy();
    return;
  }
  const requestId = services.ids.requestId();
  const rendered = renderError(describeUnparsed(error), requestId);
  services.logger.info({ requestId, code: error.code }, "malformed request");
  tellUnparsed(socket, { requestId, rendered }, services);
  socket.end(formatRawResponse(rendered, new Date(services.clock.nowMs())));
  socket.destroySoon();
}

function describeUnparsed(error: NodeJS.ErrnoException) {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return badRequest(`Request line and headers exceed ${REQUEST_HEAD_MAX_BYTES} bytes`);
    case "ERR_HTTP_REQUEST_TIMEOUT":
    case "HPE_INVALID_EOF_STATE":
      // The connection ended or fell silent in the middle of a request: clients retry a 408.
      return requestTimeout();
    default:
      return badRequest(`Malformed HTTP request: ${error.message.replace(/^Parse Error: /, "")}`);
  }
}
