/** Sends one attempt over a socket of its own and hears what the service makes of it. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Attempt } from "./make-attempt.ts";
import { readAnswers } from "./read-answers.ts";

/** The answers of a connection have come when nothing followed for so long after one. */
const QUIET_MS = 25;
/** A request that has no answer by then lacks something, most often the end of its body. */
const ANSWER_MAX_MS = 250;
/** From the last byte sent to the end of the connection: longer is a hang. */
const END_BOUND_MS = 15_000;
const LAST_TURN_MS = 3_000;

export interface Outcome {
  readonly statuses: readonly number[];
  /** What no service should do; `undefined` when all is well. */
  readonly flaw: string | undefined;
}

/**
 * A client that waits ends its side once it has its answers, or will get none: the service has to close then. Ended
 * earlier, a request under way counts as abandoned.
 */
export async function runAttempt(port: number, attempt: Attempt): Promise<Outcome> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  const chunks: Buffer[] = [];
  const closed = Promise.withResolvers<void>();
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("end", () => socket.end());
  // A service that resets the connection has said no as well.
  socket.on("error", () => undefined);
  socket.on("close", () => closed.resolve());
  await once(socket, "connect");
  for (const piece of attempt.pieces) {
    socket.write(piece);
    await turn();
  }
  if (attempt.ending === "vanishes") {
    socket.destroy();
    return { statuses: [], flaw: undefined };
  }
  const asksHead = Buffer.concat(attempt.pieces).includes("HEAD");
  if (attempt.ending === "waits") {
    await awaitQuiet(chunks, asksHead, closed.promise);
  }
  const isAnswered = chunks.length > 0;
  socket.end();
  const hangs = await hangsOn(closed.promise);
  socket.destroy();
  const heard = Buffer.concat(chunks);
  const { statuses, flaw } = readAnswers(heard, asksHead);
  if (hangs) {
    return { statuses, flaw: `no end within ${END_BOUND_MS} ms` };
  }
  // An answer to a client that had ended its side before it began may be cut.
  return { statuses, flaw: isAnswered ? flaw : undefined };
}

/**
 * Whether the connection outlives the bound. Service and client share a process: when the machine stood still
 * meanwhile, the bound is over before the service had its turn, so it gets one more.
 */
async function hangsOn(closed: Promise<void>): Promise<boolean> {
  const isClosed = closed.then(() => false);
  for (const boundMs of [END_BOUND_MS, LAST_TURN_MS]) {
    const bound = new AbortController();
    const timeout = sleep(boundMs, true, { signal: bound.signal }).catch(() => true);
    const isOver = await Promise.race([isClosed, timeout]);
    bound.abort();
    if (!isOver) {
      return false;
    }
  }
  return true;
}

/** Waits for whole answers and silence after them; without any for a while, there will be none. */
async function awaitQuiet(
  chunks: readonly Buffer[],
  asksHead: boolean,
  closed: Promise<void>,
): Promise<void> {
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });
  let heard = 0;
  for (let waitedMs = 0; !isClosed && waitedMs < END_BOUND_MS; waitedMs += QUIET_MS) {
    await Promise.race([closed, sleep(QUIET_MS)]);
    const isQuiet = chunks.length === heard;
    if (chunks.length === 0 ? waitedMs >= ANSWER_MAX_MS : isQuiet && isWhole(chunks, asksHead)) {
      return;
    }
    heard = chunks.length;
  }
}

function isWhole(chunks: readonly Buffer[], asksHead: boolean): boolean {
  return readAnswers(Buffer.concat(chunks), asksHead).flaw === undefined;
}
