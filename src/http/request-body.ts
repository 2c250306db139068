/** The bytes of a request body: streamed once, with a limit on how long a client may send nothing. */
import type { IncomingMessage } from "node:http";
import type { BodyBytes, DetachedBytes, ReceivedBytes } from "../domain/body-bytes.ts";
import { invalidParameter, requestTimeout, ServiceError } from "../domain/errors.ts";
import { detachConnection } from "./detach-body.ts";

/** The client went away before its body was complete; nobody is there to be answered. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

const brokenBodies = new WeakMap<IncomingMessage, ServiceError>();

/**
 * Says that the rest of a body will never come, although its connection is still there to answer on. Whoever reads
 * it gets `error`, now or once reading begins; nobody has to.
 */
export function breakBody(request: IncomingMessage, error: ServiceError): void {
  brokenBodies.set(request, error);
  if (request.listenerCount("error") > 0) {
    request.emit("error", error);
  }
}

/** Received bytes that wait to be read; beyond it the socket is paused. */
const QUEUE_MAX_BYTES = 256 * 1024;
/** A rest that is shorter comes sooner than somebody else begins to receive it. */
const DETACHED_MIN_BYTES = 1024 * 1024;

/** One request's body. Nothing is read from the socket before `bytes` is iterated or `readWhole` called. */
export interface BodyReader {
  /**
   * Every chunk once, in order; a chunk is empty once the next one is asked for. Throws `RequestTimeoutException`
   * when the client sends nothing for the idle limit, `ClientGone` when it disconnects.
   */
  readonly bytes: BodyBytes;
  /** Bytes received so far. */
  receivedBytes(): number;
  /** Whether the last byte was received. */
  isComplete(): boolean;
}

/**
 * @param onStart Called once, just before the first byte is asked for: sends `100 Continue` when the
 *   client waits for it.
 */
export function createBodyReader(
  request: IncomingMessage,
  options: { readonly idleTimeoutMs: number; readonly onStart: () => void },
): BodyReader {
  const feed = createFeed(request);
  async function* bytes(): AsyncGenerator<Uint8Array> {
    options.onStart();
    feed.start();
    while (true) {
      const chunk = await feed.next(options.idleTimeoutMs);
      if (chunk === undefined) {
        return;
      }
      yield chunk;
      releaseMemory(chunk);
    }
  }
  return {
    bytes: Object.assign(bytes(), { detach: () => feed.detach(options.idleTimeoutMs) }),
    receivedBytes: feed.receivedBytes,
    isComplete: () => request.complete,
  };
}

/**
 * Gives the memory of a received chunk back at once. Left to the garbage collector, 16 chunks of 64 KiB for each MiB
 * make it mark the whole heap several times a second, which costs more than everything else that an upload needs.
 */
function releaseMemory(chunk: Uint8Array): void {
  const { buffer } = chunk;
  const isAlone = chunk.length === buffer.byteLength;
  if (isAlone && buffer instanceof ArrayBuffer) {
    buffer.transfer(0);
  }
}

/** The whole body when it is at most `maxBytes` long; else `InvalidParameterValueException`. */
export async function readWhole(reader: BodyReader, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of reader.bytes) {
    total += chunk.length;
    if (total > maxBytes) {
      throw bodyTooLong(total, maxBytes);
    }
    chunks.push(new Uint8Array(chunk));
  }
  return Buffer.concat(chunks);
}

/** The refusal of a body that no operation but an upload may have. */
export function bodyTooLong(sizeBytes: number, maxBytes: number): Error {
  return invalidParameter(
    `Invalid Content-Length: ${sizeBytes}. The body of this request must be at most ${maxBytes} bytes.`,
  );
}

interface Feed {
  start(): void;
  /** The next chunk, or `undefined` at the end. */
  next(idleTimeoutMs: number): Promise<Uint8Array | undefined>;
  /** See `BodyBytes`. */
  detach(idleTimeoutMs: number): DetachedBytes | undefined;
  receivedBytes(): number;
}

type Waiter = { resolve(chunk: Uint8Array | undefined): void; reject(error: Error): void };

/** Turns the request's events into chunks on demand, without destroying the socket when reading stops. */
function createFeed(request: IncomingMessage): Feed {
  const queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let receivedBytes = 0;
  let end: "open" | "complete" | Error = "open";
  let waiter: Waiter | undefined;
  let detaching: "now" | "done" | undefined;

  const settle = (outcome: "complete" | Error) => {
    end = end === "open" ? outcome : end;
    const waiting = queue.length === 0 ? waiter : undefined;
    if (waiting !== undefined) {
      waiter = undefined;
      end instanceof Error ? waiting.reject(end) : waiting.resolve(undefined);
    }
  };
  const receive = (chunk: Uint8Array) => {
    if (detaching === "now") {
      // Two readers have divided the body among themselves. It is lost, and its hash would say so.
      request.socket.destroy();
      return;
    }
    receivedBytes += chunk.length;
    if (waiter !== undefined) {
      const waiting = waiter;
      waiter = undefined;
      waiting.resolve(chunk);
      return;
    }
    queue.push(chunk);
    queuedBytes += chunk.length;
    if (queuedBytes >= QUEUE_MAX_BYTES) {
      request.pause();
    }
  };
  const take = (): Uint8Array | undefined => {
    const chunk = queue.shift();
    queuedBytes -= chunk?.length ?? 0;
    if (request.isPaused() && queuedBytes < QUEUE_MAX_BYTES) {
      request.resume();
    }
    return chunk;
  };
  const regain = ({ sizeBytes = 0, isIdle }: ReceivedBytes) => {
    detaching = "done";
    receivedBytes += sizeBytes;
    if (isIdle) {
      settle(requestTimeout());
    }
  };
  return {
    detach: (idleTimeoutMs) => {
      const sizeBytes = Number(request.headers["content-length"]) - receivedBytes;
      const isOver = detaching !== undefined || end !== "open";
      if (isOver || !isDry(request, queue) || !(sizeBytes >= DETACHED_MIN_BYTES)) {
        return undefined;
      }
      const rest = handOut(request, { sizeBytes, idleTimeoutMs }, regain);
      detaching = rest && "now";
      return rest;
    },
    start: () => {
      const broken = brokenBodies.get(request);
      if (broken !== undefined) {
        settle(broken);
        return;
      }
      request.on("data", receive);
      request.once("end", () => settle("complete"));
      request.once("error", (cause) =>
        settle(
          cause instanceof ServiceError ? cause : new ClientGone("connection lost", { cause }),
        ),
      );
      request.once("close", () =>
        settle(request.complete ? "complete" : new ClientGone("connection closed")),
      );
    },
    next: async (idleTimeoutMs) => {
      const chunk = take();
      if (chunk !== undefined) {
        return chunk;
      }
      if (end !== "open") {
        return settledEnd(end);
      }
      return waitFor(idleTimeoutMs, (promised) => {
        waiter = promised;
      });
    },
    receivedBytes: () => receivedBytes,
  };
}

/** Whether no byte waits here to be read: those come first. */
function isDry(request: IncomingMessage, queue: readonly Uint8Array[]): boolean {
  return queue.length === 0 && request.readableLength === 0 && !request.isPaused();
}

/** The connection of `request`, unless it can't be had; `regained` is told when it is back. */
function handOut(
  request: IncomingMessage,
  rest: Pick<DetachedBytes, "sizeBytes" | "idleTimeoutMs">,
  regained: (received: ReceivedBytes) => void,
): DetachedBytes | undefined {
  const connection = detachConnection(request);
  if (connection === undefined) {
    return undefined;
  }
  const { socket, descriptor, attach } = connection;
  const closing = new AbortController();
  const abort = () => closing.abort();
  socket.once("close", abort);
  return {
    ...rest,
    descriptor,
    signal: closing.signal,
    giveBack: (received) => {
      socket.off("close", abort);
      regained(received);
      if (received.sizeBytes === undefined) {
        socket.destroy();
      } else {
        attach(received.sizeBytes);
      }
    },
  };
}

function settledEnd(end: "complete" | Error): undefined {
  if (end instanceof Error) {
    throw end;
  }
}

async function waitFor(
  idleTimeoutMs: number,
  promise: (waiter: Waiter) => void,
): Promise<Uint8Array | undefined> {
  const { promise: arrival, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>();
  const timer = setTimeout(() => reject(requestTimeout()), idleTimeoutMs);
  promise({ resolve, reject });
  try {
    return await arrival;
  } finally {
    clearTimeout(timer);
  }
}
