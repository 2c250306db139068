/** The bytes of a request, sent with back-pressure and no further than the service wants them. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { UploadSource } from "./call-types.ts";
import { SourceChangedError } from "./errors.ts";

/** From this size on a body waits for `100 Continue`, so that a refusal costs no upload. */
export const EXPECT_CONTINUE_MIN_BYTES = 1024 * 1024;
/** For servers and proxies that never say `100 Continue`; botocore waits as long. */
const CONTINUE_WAIT_MS = 1000;

export interface SendingContext {
  /** Settles with the head of the answer, or when the connection failed. */
  readonly answered: Promise<IncomingMessage>;
  /** Bounds a wait for the service. */
  readonly idle: <T>(awaited: Promise<T>) => Promise<T>;
}

/** Whether `body` is sent only after `100 Continue`. */
export function waitsForContinue(body: Uint8Array | UploadSource | undefined): boolean {
  return (
    body !== undefined &&
    !(body instanceof Uint8Array) &&
    body.sizeBytes >= EXPECT_CONTINUE_MIN_BYTES
  );
}

/**
 * Sends `body` and ends the request. Returns early, without having sent everything, once the service has
 * answered or the connection is gone; the answer, or the failure, is then what `answered` holds.
 * Throws what the source throws, and `SourceChangedError` when its length is not the one stated.
 */
export async function sendBody(
  sent: ClientRequest,
  body: Uint8Array | UploadSource | undefined,
  context: SendingContext,
): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    sent.end(body);
    return;
  }
  let settled = false;
  const over = context.answered.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  if (waitsForContinue(body)) {
    await awaitContinue(sent, over);
  }
  let sentBytes = 0;
  let underWay = Promise.resolve();
  if (!settled) {
    for await (const chunk of body.open()) {
      sentBytes += chunk.length;
      checkLength(sentBytes <= body.sizeBytes, body, sentBytes);
      // At most one write is under way while the next chunk is read: see `UploadSource.open`.
      await context.idle(Promise.race([underWay, over]));
      if (settled) {
        return;
      }
      underWay = write(sent, chunk);
    }
    checkLength(sentBytes === body.sizeBytes, body, sentBytes);
    sent.end();
  }
}

/** Resolves when the chunk is out of our hands, or never will be. */
function write(sent: ClientRequest, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    sent.write(chunk, () => resolve());
  });
}

function checkLength(holds: boolean, body: UploadSource, found: number): void {
  if (!holds) {
    throw new SourceChangedError(
      `the source must give ${body.sizeBytes} bytes, as many as were hashed; it gave ${found}`,
    );
  }
}

async function awaitContinue(sent: ClientRequest, over: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  sent.once("continue", resolve);
  const timer = setTimeout(resolve, CONTINUE_WAIT_MS);
  await Promise.race([promise, over]);
  clearTimeout(timer);
  sent.off("continue", resolve);
}
