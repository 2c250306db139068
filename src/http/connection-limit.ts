/** How many connections are open at once, and what becomes of one too many. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { connectionEvent } from "./http-server.ts";

/** So many connections beyond the limit still get an answer; Node drops further ones without a word. */
const ANSWERED_BEYOND = 256;
/** How long such a connection may take to send a request that can be answered. */
const SURPLUS_IDLE_MS = 5_000;

/**
 * Counts the connections of `server`. Returns whether a connection was one too many when it came: its first
 * request is to be refused, and it closed, so that its client learns why. Over TLS, connections count once their
 * keys are agreed on.
 */
export function limitConnections(
  server: Server,
  connectionsMax: number,
): (socket: Socket) => boolean {
  const surplus = new WeakSet<Socket>();
  let open = 0;
  server.maxConnections = connectionsMax + ANSWERED_BEYOND;
  server.on(connectionEvent(server), (socket: Socket) => {
    open += 1;
    socket.once("close", () => {
      open -= 1;
    });
    if (open > connectionsMax) {
      surplus.add(socket);
      socket.setTimeout(SURPLUS_IDLE_MS);
    }
  });
  return (socket) => surplus.has(socket);
}
