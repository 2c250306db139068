/**
 * Takes a connection out of the hands of Node's HTTP server while a body comes over it, and puts it back. It stands on
 * parts of Node that are not documented, which it looks for on each connection; where one is missing, the body comes
 * through the request as any other. `try-detaching.ts` finds at start whether they do what is expected. They are, of
 *
 * - the server's sockets: `parser`, `_httpMessage`, `_paused` (whether the server wants to read nothing),
 *   `_handle.fd` and `_handle.reading`, and that `pause` ends the reading of the handle;
 * - the parser: `incoming`, `execute`, `resume`, and at index 3 the function that is told of a body's bytes, with
 *   which gone the bytes of a body are counted and not looked at;
 * - an answer: `req`.
 */
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";

/** A connection that Node doesn't read from. */
export interface DetachedConnection {
  readonly socket: Socket;
  readonly descriptor: number;
  /** Node reads on, after `receivedBytes` of the body that somebody else has read. */
  attach(receivedBytes: number): void;
}

/** `HTTPParser.kOnBody`: where the parser keeps the function that is told of each piece of a body. */
const ON_BODY = 3;
/** What the parser is shown at once in the place of bytes that it never saw. */
const UNSEEN_BYTES = 4 * 1024 * 1024;

interface NodeParser {
  readonly incoming: unknown;
  execute(bytes: Uint8Array): unknown;
  resume(): void;
  [ON_BODY]: unknown;
}

interface NodeSocket {
  /** Whether the server wants to read nothing; with it, the request's stream asks for nothing either. */
  _paused: boolean;
}

/**
 * Stops reading from the connection of `request`, whose body has not ended. `undefined` where that can't be done:
 * over TLS, while something is still written to the connection, on another Node.js than this was written for.
 */
export function detachConnection(request: IncomingMessage): DetachedConnection | undefined {
  const { socket } = request;
  const inner: object = socket;
  const parser = findParser(inner, request);
  const descriptor = findDescriptor(inner);
  // A server that waits for an answer to be read resumes the connection when it was.
  const isWritten = socket.writableLength === 0 && !socket.writableNeedDrain;
  const isQuiet = isWritten && isAnsweredNext(inner, request);
  if (parser === undefined || descriptor === undefined || !isQuiet || !isReading(inner)) {
    return undefined;
  }
  inner._paused = true;
  socket.pause();
  if (isStillRead(inner)) {
    inner._paused = false;
    socket.resume();
    return undefined;
  }
  // Nothing that comes is seen here: a timeout of the socket would end a connection that is busy.
  const { timeout } = socket;
  socket.setTimeout(0);
  return {
    socket,
    descriptor,
    attach: (receivedBytes) => {
      if (socket.destroyed) {
        return;
      }
      inner._paused = false;
      // Paused by the server when it was detached from within a piece of the body, as when it waits for an answer.
      parser.resume();
      socket.setTimeout(timeout ?? 0);
      skipBody(parser, receivedBytes, socket);
      socket.resume();
    },
  };
}

/**
 * Tells the parser that `count` bytes of the body have come. It counts them without looking at them, so the memory
 * they are said to be in is never touched, and takes no room.
 */
function skipBody(parser: NodeParser, count: number, socket: Socket): void {
  const onBody = parser[ON_BODY];
  parser[ON_BODY] = undefined;
  try {
    const unseen = new Uint8Array(Math.min(count, UNSEEN_BYTES));
    for (let left = count; left > 0; left -= UNSEEN_BYTES) {
      const result = parser.execute(unseen.subarray(0, left));
      if (result instanceof Error) {
        socket.destroy(result);
        return;
      }
    }
  } finally {
    parser[ON_BODY] = onBody;
  }
}

function findParser(socket: object, request: IncomingMessage): NodeParser | undefined {
  const parser = Reflect.get(socket, "parser");
  const isKnown =
    typeof parser === "object" &&
    parser !== null &&
    Reflect.get(parser, "incoming") === request &&
    typeof Reflect.get(parser, "execute") === "function" &&
    typeof Reflect.get(parser, "resume") === "function" &&
    Reflect.get(Object(parser[ON_BODY]), "name") === "parserOnBody";
  return isKnown ? parser : undefined;
}

/** Of a plain connection: what lies beneath one over TLS is not the body. */
function findDescriptor(socket: object): number | undefined {
  const handle = Reflect.get(socket, "_handle");
  const isPlain = socket.constructor === Socket && handle?.constructor?.name === "TCP";
  const descriptor = isPlain ? Reflect.get(handle, "fd") : undefined;
  return Number.isInteger(descriptor) && descriptor >= 0 ? descriptor : undefined;
}

function isAnsweredNext(socket: object, request: IncomingMessage): boolean {
  const answer = Reflect.get(socket, "_httpMessage");
  return Reflect.get(Object(answer), "req") === request;
}

/** Whether the event loop still watches the descriptor: two readers would share what comes. */
function isStillRead(socket: object): boolean {
  return Reflect.get(Object(Reflect.get(socket, "_handle")), "reading") !== false;
}

function isReading(socket: object): socket is NodeSocket {
  return Reflect.get(socket, "_paused") === false;
}
