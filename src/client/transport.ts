/** Requests over node:http and node:https, with bodies streamed in constant memory both ways. */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { boundedWait } from "./bounded-wait.ts";
import type { DownloadBody, ResponseHeaders, UploadSource } from "./call-types.ts";
import { describeFailure, TransportError, transportFailure } from "./errors.ts";
import { sendBody } from "./send-body.ts";

export interface TransportOptions {
  /** For connecting, TLS included; 0 waits without end. */
  readonly connectTimeoutMs: number;
  /** For silence of the service while something is expected of it; 0 waits without end. */
  readonly readTimeoutMs: number;
  /** `false` accepts any certificate. */
  readonly verifyTls: boolean;
  /** PEM certificates to trust in place of the well-known ones. */
  readonly ca: string | undefined;
}

export interface TransportRequest {
  readonly method: string;
  readonly url: URL;
  /** Path and query as they travel. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | UploadSource | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface TransportAnswer extends DownloadBody {
  readonly status: number;
  readonly headers: ResponseHeaders;
}

export interface Transport {
  /**
   * Sends one request; resolves when the head of the answer is there, which may be before the whole body
   * was sent. Throws `TransportError`, what `body.open()` throws, or the signal's reason.
   */
  send(request: TransportRequest): Promise<TransportAnswer>;
  /** Closes all connections. */
  close(): void;
}

/** Connections are kept open between requests. */
export function createTransport(options: TransportOptions): Transport {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({
    keepAlive: true,
    rejectUnauthorized: options.verifyTls,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return {
    send: async (request) => {
      const sent = openRequest(request, { http, https });
      try {
        return await exchange(sent, request, options);
      } catch (error) {
        sent.destroy();
        throw error;
      }
    },
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}

function openRequest(
  request: TransportRequest,
  agents: { readonly http: HttpAgent; readonly https: HttpsAgent },
): ClientRequest {
  const { url, method, target, headers, signal } = request;
  const settings = {
    method,
    path: target,
    // An IPv6 address stands in brackets in a URL, and without them here.
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port,
    headers: headers.flat(),
    ...(signal === undefined ? {} : { signal }),
  };
  return url.protocol === "https:"
    ? httpsRequest({ ...settings, agent: agents.https })
    : httpRequest({ ...settings, agent: agents.http });
}

async function exchange(
  sent: ClientRequest,
  request: TransportRequest,
  options: TransportOptions,
): Promise<TransportAnswer> {
  const { url, target, signal } = request;
  const shownUrl = `${url.origin}${target}`;
  const fail = (error: unknown): never => {
    signal?.throwIfAborted();
    throw transportFailure(error, shownUrl);
  };
  boundConnect(sent, options.connectTimeoutMs, shownUrl);
  const idle = <T>(awaited: Promise<T>): Promise<T> =>
    boundedWait(awaited, options.readTimeoutMs, () => {
      const error = new TransportError(
        "read-timeout",
        describeFailure("read-timeout", shownUrl, ""),
      );
      sent.destroy(error);
      return error;
    });
  const answered = awaitAnswer(sent).catch(fail);
  // Its failure is also reported where it is awaited below; while the body is sent nobody looks.
  answered.catch(() => undefined);
  await sendBody(sent, request.body, { answered, idle });
  const message = await idle(answered);
  return describeAnswer({ message, sent, idle, fail });
}

/** Every error of the request arrives here, also those that come after the answer's head. */
function awaitAnswer(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on("error", reject);
    sent.once("response", resolve);
  });
}

function boundConnect(sent: ClientRequest, timeoutMs: number, shownUrl: string): void {
  sent.once("socket", (socket) => {
    if (timeoutMs === 0 || !socket.connecting) {
      return;
    }
    const timer = setTimeout(() => {
      const text = describeFailure("connect-timeout", shownUrl, "");
      sent.destroy(new TransportError("connect-timeout", text));
    }, timeoutMs);
    const stop = () => clearTimeout(timer);
    socket.once("encrypted" in socket ? "secureConnect" : "connect", stop);
    socket.once("close", stop);
  });
}

interface OpenAnswer {
  readonly message: IncomingMessage;
  readonly sent: ClientRequest;
  readonly idle: <T>(awaited: Promise<T>) => Promise<T>;
  readonly fail: (error: unknown) => never;
}

function describeAnswer(answer: OpenAnswer): TransportAnswer {
  const { message, sent } = answer;
  const length = message.headers["content-length"];
  return {
    status: Number(message.statusCode),
    headers: joinHeaders(message),
    sizeBytes: length === undefined ? undefined : Number(length),
    bytes: readBytes(answer),
    cancel: () => sent.destroy(),
  };
}

/** A name that comes twice has its values joined, as RFC 9110 §5.3 has it. */
function joinHeaders(message: IncomingMessage): ResponseHeaders {
  return Object.fromEntries(
    Object.entries(message.headersDistinct).map(([name, values]) => [name, values?.join(", ")]),
  );
}

async function* readBytes({ message, sent, idle, fail }: OpenAnswer): AsyncGenerator<Uint8Array> {
  try {
    const chunks = message[Symbol.asyncIterator]();
    for (let next = await idle(chunks.next()); !next.done; next = await idle(chunks.next())) {
      yield next.value;
    }
  } catch (error) {
    fail(error);
  } finally {
    // Half an answer, or half a request, leaves a connection that can't be used again.
    if (!message.complete || !sent.writableFinished) {
      sent.destroy();
    }
  }
}
