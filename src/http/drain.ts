/** What becomes of a request body that was refused before it was read. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { REFUSED_BODY_DRAIN_MAX_BYTES, REFUSED_BODY_DRAIN_MAX_MS } from "../domain/limits.ts";

/** A rest of at most this size is read away and the connection kept. */
const KEEP_ALIVE_REST_MAX_BYTES = 1024 * 1024;

/**
 * Sends an answer while the body may still be coming. Most clients send their whole body before they look
 * at the answer; closing at once would reset the connection and hide it. So the rest is read and dropped
 * within a bound of bytes and time, and only then, unless the rest is small, the connection is closed.
 * `send` is told whether to announce that.
 */
export function releaseBody(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly expectsContinue: boolean },
  send: (closeConnection: boolean) => void,
): void {
  const announced = Number(request.headers["content-length"] ?? Number.NaN);
  const hasBody = request.headers["transfer-encoding"] !== undefined || announced > 0;
  if (request.complete || !hasBody) {
    send(false);
    return;
  }
  // A client that waits for `100 Continue` may or may not send its body now: the connection can't be reused.
  const keep = !options.expectsContinue && announced <= KEEP_ALIVE_REST_MAX_BYTES;
  drain(request, keep ? undefined : response);
  send(!keep);
}

/** Reads the rest away; destroys the connection at the bounds and, given a response, once both are done. */
function drain(request: IncomingMessage, closing: ServerResponse | undefined): void {
  let drainedBytes = 0;
  const stop = () => request.destroy();
  const timer = setTimeout(stop, REFUSED_BODY_DRAIN_MAX_MS);
  request.removeAllListeners("data");
  request.on("data", (chunk: Uint8Array) => {
    drainedBytes += chunk.length;
    if (drainedBytes > REFUSED_BODY_DRAIN_MAX_BYTES) {
      stop();
    }
  });
  request.on("error", stop);
  request.once("close", () => clearTimeout(timer));
  const closeAfterAnswer = () => {
    clearTimeout(timer);
    closing?.once("finish", stop);
    if (closing?.writableFinished === true) {
      stop();
    }
  };
  request.once("end", closeAfterAnswer);
  if (request.socket.readableEnded) {
    // The client will send nothing more: only the answer has to get out.
    closeAfterAnswer();
  }
  request.resume();
}
