/** Whether this Node.js lends connections as detach-body.ts expects: tried once, on a connection of its own. */
import { once } from "node:events";
import { readSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { detachConnection } from "./detach-body.ts";

const TRIAL_MAX_MS = 5_000;
/** The parts of a body, and what follows it on the connection. */
const SEEN = "read by Node.js";
const UNSEEN = "read by somebody else";
const HEAD = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SEEN.length + UNSEEN.length}\r\n\r\n`;
const NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

/**
 * Lends a connection between this process and itself, over the loopback interface: the rest of a body is read from
 * its descriptor, and the request behind it comes to Node again. Returns why that can't be done; `undefined` when
 * it can. Never throws; takes milliseconds.
 */
export async function tryDetaching(maxMs = TRIAL_MAX_MS): Promise<string | undefined> {
  const server = createServer();
  const bound = AbortSignal.timeout(maxMs);
  let client: Socket | undefined;
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening", { signal: bound });
    client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    client.on("error", () => undefined);
    return await lend(server, client, bound);
  } catch (error) {
    return bound.aborted ? "a connection that was lent did not come back" : String(error);
  } finally {
    client?.destroy();
    server.closeAllConnections();
    server.close();
  }
}

async function lend(
  server: Server,
  client: Socket,
  bound: AbortSignal,
): Promise<string | undefined> {
  client.write(HEAD + SEEN);
  const { request, response } = await nextRequest(server, bound);
  let seen = "";
  request.on("data", (chunk: Buffer) => {
    seen += chunk.toString("latin1");
  });
  await once(request, "data", { signal: bound });
  const connection = detachConnection(request);
  if (connection === undefined) {
    return "Node's HTTP server is not made as it was";
  }
  const next = nextRequest(server, bound);
  next.catch(() => undefined);
  client.write(UNSEEN + NEXT);
  const unseen = await readText(connection.descriptor, UNSEEN.length, bound);
  connection.attach(unseen.length);
  await once(request, "end", { signal: bound });
  response.end();
  const { url } = (await next).request;
  const isRight = seen === SEEN && unseen === UNSEEN && request.complete && url === "/next";
  return isRight ? undefined : "the body of a connection that was lent did not come whole";
}

async function nextRequest(server: Server, bound: AbortSignal) {
  const [request, response] = await once(server, "request", { signal: bound });
  // What the event is documented to carry.
  return { request: request as IncomingMessage, response: response as ServerResponse };
}

/** `length` characters from a descriptor that doesn't block. */
async function readText(descriptor: number, length: number, bound: AbortSignal): Promise<string> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    bound.throwIfAborted();
    try {
      filled += readSync(descriptor, bytes, filled, length - filled, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
        throw error;
      }
      await nextTurn();
    }
  }
  return bytes.toString("latin1");
}
