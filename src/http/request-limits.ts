/** What the service takes on at once, and how fast; beyond it clients are told to come back (contract §0 L). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ServiceError } from "../domain/errors.ts";
import { createTokenBuckets, type RequestRate } from "../domain/token-bucket.ts";
import type { Clock } from "../ports/clock.ts";

export interface LimitSettings {
  /** Of each access key; `undefined` for any rate. */
  readonly requestRate: RequestRate | undefined;
  readonly connectionsMax: number;
  readonly uploadsMax: number;
}

export interface RequestLimits {
  readonly connectionsMax: number;
  /** Counts a request of the key; throws `ThrottlingException` when it sends them too fast. */
  countRequest(accessKeyId: string): void;
  /** Takes a place for a body; returns what frees it. Throws `ThrottlingException` when all are taken. */
  enterBody(): () => void;
}

/** Keys whose rate is remembered; only keys that exist are counted. */
const KEYS_MAX = 100_000;

export function createRequestLimits(settings: LimitSettings, clock: Clock): RequestLimits {
  const { requestRate, connectionsMax, uploadsMax } = settings;
  const buckets = requestRate === undefined ? undefined : createTokenBuckets(requestRate, KEYS_MAX);
  let bodies = 0;
  return {
    connectionsMax,
    countRequest: (accessKeyId) => {
      if (buckets?.take(accessKeyId, clock.nowMs()) === false) {
        throw throttled();
      }
    },
    enterBody: () => {
      if (bodies >= uploadsMax) {
        throw throttled(`${uploadsMax} request bodies are being received, which is the limit.`);
      }
      bodies += 1;
      let isHeld = true;
      return () => {
        bodies -= isHeld ? 1 : 0;
        isHeld = false;
      };
    },
  };
}

/** The refusal that every client waits after and tries again; `why` names the limit when it is not the rate. */
export function throttled(why?: string): ServiceError {
  return new ServiceError(
    "ThrottlingException",
    why === undefined ? "Rate exceeded" : `Rate exceeded: ${why}`,
  );
}

/**
 * Counts the body of `request` until its last byte has come, or the request has been answered without it. Throws
 * `ThrottlingException`.
 */
export function holdBodyPlace(
  request: IncomingMessage,
  response: ServerResponse,
  limits: RequestLimits,
): void {
  const leave = limits.enterBody();
  if (request.closed || response.closed) {
    leave();
    return;
  }
  request.once("close", leave);
  // The request of a client that hung up in the middle is not closed before its connection is.
  response.once("close", leave);
}
