/** Which requests are under way on which connection, for connections that break while they are. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { requestTimeout } from "../domain/errors.ts";
import { breakBody } from "./request-body.ts";

export interface ConnectionBook {
  add(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Ends a connection on which bytes came that are no request, while requests of it are under way: their
   * answers are the only ones it still gets, since an error sent now would be taken for one of them. False
   * when none is under way.
   */
  endBroken(socket: Socket, error: NodeJS.ErrnoException): boolean;
}

export function createConnectionBook(): ConnectionBook {
  const underWay = new WeakMap<Socket, Map<IncomingMessage, ServerResponse>>();
  const broken = new WeakSet<Socket>();
  return {
    add: (request, response) => {
      const { socket } = request;
      const requests = underWay.get(socket) ?? watchEnd(socket, new Map());
      underWay.set(socket, requests.set(request, response));
      response.once("close", () => {
        requests.delete(request);
        if (requests.size === 0 && broken.has(socket)) {
          socket.destroySoon();
        }
      });
    },
    endBroken: (socket, error) => {
      const requests = underWay.get(socket) ?? new Map<IncomingMessage, ServerResponse>();
      if (requests.size === 0) {
        return false;
      }
      broken.add(socket);
      for (const request of requests.keys()) {
        // A body that ended too early is lost; clients retry a 408 (contract §1.5).
        if (!request.complete && error.code === "HPE_INVALID_EOF_STATE") {
          breakBody(request, requestTimeout());
        }
      }
      return true;
    },
  };
}

/**
 * Node tells only the answer that is being sent of the end of its connection: those that wait behind it, as when
 * a CONNECT follows them, would wait for ever and hold open what they read from.
 */
function watchEnd(
  socket: Socket,
  requests: Map<IncomingMessage, ServerResponse>,
): Map<IncomingMessage, ServerResponse> {
  socket.once("close", () => {
    for (const response of [...requests.values()]) {
      response.destroy();
      response.emit("close");
    }
  });
  return requests;
}
