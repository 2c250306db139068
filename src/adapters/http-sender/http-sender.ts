/**
 * Posts messages to URLs that users named. A name is resolved once, its address is checked, and the connection
 * goes to the checked address: what the name means a moment later does not matter.
 */
import { lookup } from "node:dns/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { isPublicAddress } from "../../domain/public-address.ts";
import type { HttpSender } from "../../ports/http-sender.ts";

/** From the first look at the name to the last byte of the answer. */
const ATTEMPT_MAX_MS = 10_000;
/** An answer's body is read so far, so that the connection ends cleanly, and then cut off. */
const ANSWER_MAX_BYTES = 64 * 1024;

/** A message was not sent, or not answered; the message says why without naming addresses it may not. */
export class HttpSendError extends Error {
  override readonly name = "HttpSendError";
}

interface Address {
  readonly address: string;
  readonly family: number;
}

export interface HttpSenderOptions {
  /** Whether addresses that are not public may be connected to. */
  readonly allowPrivate: boolean;
  /** Replaces the system's resolver and the bound on an attempt, for tests. */
  readonly resolve?: (hostname: string) => Promise<readonly Address[]>;
  readonly attemptMaxMs?: number;
}

type Message = Parameters<HttpSender["post"]>[1];

/** A sender on `node:http` and `node:https`; it keeps no connections. */
export function createHttpSender(options: HttpSenderOptions): HttpSender {
  const { attemptMaxMs = ATTEMPT_MAX_MS } = options;
  return {
    async post(url, message, signal) {
      const bound = AbortSignal.any([signal, AbortSignal.timeout(attemptMaxMs)]);
      const parsed = new URL(url);
      const address = await untilAborted(findAddress(parsed, options), bound);
      return await send(parsed, address, message, bound);
    },
  };
}

/** The address to connect to; throws `HttpSendError` when there is none that is allowed. */
async function findAddress(url: URL, options: HttpSenderOptions): Promise<Address> {
  const { allowPrivate, resolve = resolveName } = options;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  const allowed = addresses.find(({ address }) => allowPrivate || isPublicAddress(address));
  if (allowed === undefined) {
    throw new HttpSendError(
      addresses.length === 0
        ? `${host} has no address`
        : `${host} has no public address, and notification-allow-private is not set`,
    );
  }
  return allowed;
}

function resolveName(hostname: string): Promise<readonly Address[]> {
  return lookup(hostname, { all: true });
}

/** The lookup of a name can't be ended; it is left alone when its time is over. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new HttpSendError("no address was found in time"));
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) {
      abort();
    }
  });
}

function send(
  url: URL,
  address: Address,
  { headers, body }: Message,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = openRequest(url, address, [
      ...headers,
      ["Content-Length", String(Buffer.byteLength(body))],
    ]);
    const abort = () => request.destroy(new HttpSendError("the endpoint did not answer in time"));
    signal.addEventListener("abort", abort, { once: true });
    request.once("close", () => signal.removeEventListener("abort", abort));
    request.once("error", reject);
    request.once("response", (response) => readAway(response).then(resolve, reject));
    if (signal.aborted) {
      abort();
    }
    request.end(body);
  });
}

function openRequest(
  url: URL,
  { address, family }: Address,
  headers: readonly (readonly [name: string, value: string])[],
): ClientRequest {
  const open = url.protocol === "https:" ? httpsRequest : httpRequest;
  return open(url, {
    method: "POST",
    agent: false,
    headers: Object.fromEntries(headers),
    // A second lookup could find another address than the one that was checked.
    lookup: (_hostname, lookupOptions, done) =>
      lookupOptions.all === true ? done(null, [{ address, family }]) : done(null, address, family),
  });
}

/** Reads the answer's body away; resolves with the status. Redirects are answers like any other. */
async function readAway(response: IncomingMessage): Promise<number> {
  let received = 0;
  for await (const chunk of response) {
    received += (chunk as Buffer).length;
    if (received > ANSWER_MAX_BYTES) {
      break;
    }
  }
  return response.statusCode ?? 0;
}
