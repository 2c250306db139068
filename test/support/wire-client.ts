/**
 * HTTP spoken byte by byte over a socket: what is sent is exactly what a test wrote, and an answer is
 * compared as it came. Requests are signed with the signer of our own client.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { canonicalRequest } from "../../src/auth/sigv4/canonical-request.ts";
import { formatScope } from "../../src/auth/sigv4/scope.ts";
import { presignRequest, type SigningInput, signRequest } from "../../src/auth/sigv4/sign.ts";
import { computeSignature, deriveSigningKey } from "../../src/auth/sigv4/signing-key.ts";
import { stringToSign } from "../../src/auth/sigv4/string-to-sign.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";
import { findIsoBasicInstant } from "../../src/std/iso-time.ts";
import { sha256Hex } from "./test-bytes.ts";

/** How long a test waits for an answer that should come at once. */
const ANSWER_BOUND_MS = 20_000;

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The head of a request. Strings hold one code unit per byte that goes over the wire (latin1). */
export interface WireHead {
  readonly method: string;
  /** As in the request line, in origin or absolute form. */
  readonly target: string;
  readonly headers: HeaderList;
}

/** An answer as it came. */
export interface WireAnswer {
  /** Status codes of the interim answers before it, such as 100. */
  readonly interim: readonly number[];
  readonly statusLine: string;
  readonly status: number;
  /** In wire order, names as spelled. */
  readonly headers: HeaderList;
  readonly body: Buffer;
  /** The value of a header, by its name in any case. */
  header(name: string): string | undefined;
  /** The body read as JSON. */
  json(): Record<string, unknown>;
}

/** One connection. */
export interface Wire {
  /** Resolves when the bytes were handed to the system; never rejects, since a server may hang up. */
  send(bytes: Uint8Array | string): Promise<void>;
  /** The next answer on this connection; rejects when the connection ends before it or nothing comes. */
  receive(options?: { readonly toHead?: boolean }): Promise<WireAnswer>;
  /** The status of the next answer, interim or not. */
  receiveInterim(): Promise<number>;
  /** Resolves with the bytes not yet received as answers once the server has ended the connection. */
  awaitEnd(): Promise<Buffer>;
  /** Whether the server has ended the connection. */
  isEnded(): boolean;
  /** Ends our side and still reads. */
  end(): void;
  /** Stops sending and receiving at once, as a client that disappears. */
  destroy(): void;
  /** The same, by a segment that says so. */
  reset(): void;
}

/** Who signs, for which scope and when. */
export interface Signing {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service?: string;
  readonly nowMs?: number;
}

/** Opens a connection to a port of 127.0.0.1. */
export async function openWire(port: number): Promise<Wire> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
  const inbox = createInbox(socket);
  await once(socket, "connect");
  return {
    send: (bytes) =>
      new Promise((resolve) => {
        if (socket.writable) {
          socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, () =>
            resolve(),
          );
        } else {
          resolve();
        }
      }),
    receive: (options = {}) => inbox.receive(options.toHead === true),
    receiveInterim: inbox.receiveInterim,
    awaitEnd: inbox.awaitEnd,
    isEnded: inbox.isEnded,
    end: () => socket.end(),
    destroy: () => socket.destroy(),
    reset: () => socket.resetAndDestroy(),
  };
}

/** Sends `bytes` on a connection of its own and returns the answer. */
export async function exchangeBytes(port: number, bytes: Uint8Array | string): Promise<WireAnswer> {
  const wire = await openWire(port);
  try {
    void wire.send(bytes);
    return await wire.receive();
  } finally {
    wire.destroy();
  }
}

/** The bytes of a request. */
export function formatRequest(head: WireHead, body: Uint8Array = new Uint8Array()): Buffer {
  const lines = [
    `${head.method} ${head.target} HTTP/1.1`,
    ...head.headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

/**
 * `head` with the headers of a signature after its own. The hash of the payload is what the header
 * `x-amz-content-sha256` says where there is one, even if `body` has another.
 */
export function signHead(head: WireHead, body: Uint8Array, signing: Signing): WireHead {
  const added = signRequest(signingInput(head, body, signing));
  return { ...head, headers: [...head.headers, ...added] };
}

/** `head` as a presigned URL: the signature stands in the query. */
export function presignHead(
  head: WireHead,
  body: Uint8Array,
  signing: Signing & { readonly expiresSeconds: number },
): WireHead {
  const { expiresSeconds } = signing;
  const added = presignRequest({ ...signingInput(head, body, signing), expiresSeconds });
  return { ...head, target: `${head.target}${head.target.includes("?") ? "&" : "?"}${added}` };
}

/**
 * `head` with a signature over exactly `signedHeaders` (lower case, sorted), which need not be what our own
 * signer would choose; `head` holds the signing date.
 */
export function signHeadOver(
  head: WireHead,
  body: Uint8Array,
  signing: Signing & { readonly signedHeaders: readonly string[]; readonly separator?: string },
): WireHead {
  const { request, payloadHash } = signingInput(head, body, signing);
  const { accessKeyId, secretAccessKey, region, service = "glacier", signedHeaders } = signing;
  const findHeader = (name: string) =>
    head.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1] ?? "";
  const date = findHeader("x-amz-date") || findHeader("date");
  const scope = { date: date.slice(0, 8), region, service };
  const canonical = canonicalRequest(request, { signedHeaders, payloadHash });
  const signature = computeSignature({
    signingKey: deriveSigningKey({ accessKeyId, secretAccessKey, scope }, hmacSha256),
    stringToSign: stringToSign({
      signedAtMs: findIsoBasicInstant(date) ?? 0,
      scope,
      canonicalRequest: canonical,
      sha256,
    }),
    hmacSha256,
  });
  const parts = [
    `Credential=${accessKeyId}/${formatScope(scope)}`,
    `SignedHeaders=${signedHeaders.join(";")}`,
    `Signature=${signature}`,
  ];
  const value = `AWS4-HMAC-SHA256 ${parts.join(signing.separator ?? ", ")}`;
  return { ...head, headers: [...head.headers, ["Authorization", value]] };
}

function signingInput(head: WireHead, body: Uint8Array, signing: Signing): SigningInput {
  const origin = head.target.replace(/^https?:\/\/[^/?]*/, "");
  const [path = "", ...query] = origin.split("?");
  const stated = head.headers.find(([name]) => name.toLowerCase() === "x-amz-content-sha256");
  return {
    request: { method: head.method, path, query: query.join("?"), headers: head.headers },
    credentials: signing,
    region: signing.region,
    service: signing.service ?? "glacier",
    nowMs: signing.nowMs ?? Date.now(),
    payloadHash: stated?.[1] || sha256Hex(body),
    sha256,
    hmacSha256,
  };
}

interface Inbox {
  receive(toHead: boolean): Promise<WireAnswer>;
  receiveInterim(): Promise<number>;
  awaitEnd(): Promise<Buffer>;
  isEnded(): boolean;
}

/** Gathers what arrives and cuts it into answers. */
function createInbox(socket: Socket): Inbox {
  let pending = Buffer.alloc(0);
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const end = () => {
    ended = true;
    changed();
  };
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    changed();
  });
  socket.on("end", end);
  socket.on("close", end);
  socket.on("error", end);
  const next = async (what: string): Promise<void> => {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => timeout.reject(new Error(`no ${what} within ${ANSWER_BOUND_MS} ms`)),
      ANSWER_BOUND_MS,
    );
    try {
      await Promise.race([wake.promise, timeout.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
  const receiveAny = async (toHead: boolean): Promise<WireAnswer> => {
    while (true) {
      const found = findAnswer(pending, ended, toHead);
      if (found !== undefined) {
        pending = pending.subarray(found.length);
        return found.answer;
      }
      if (ended) {
        throw new Error(`the connection ended after ${pending.length} bytes of an answer`);
      }
      await next("answer");
    }
  };
  const receive = async (toHead: boolean): Promise<WireAnswer> => {
    const interim: number[] = [];
    while (true) {
      const answer = await receiveAny(toHead);
      if (answer.status >= 200) {
        return { ...answer, interim };
      }
      interim.push(answer.status);
    }
  };
  return {
    receive,
    receiveInterim: async () => (await receiveAny(false)).status,
    isEnded: () => ended,
    awaitEnd: async () => {
      while (!ended) {
        await next("end of the connection");
      }
      return pending;
    },
  };
}

function findAnswer(bytes: Buffer, ended: boolean, toHead: boolean) {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) {
    return undefined;
  }
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const header = (name: string) =>
    headers.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];
  const status = Number(statusLine.split(" ")[1]);
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + (toHead ? 0 : bodyLength(status, header("content-length")));
  if (header("transfer-encoding") !== undefined) {
    throw new Error("the service must not answer in chunks (contract §1.4)");
  }
  if (bytes.length < bodyEnd && !ended) {
    return undefined;
  }
  if (bytes.length < bodyEnd) {
    throw new Error(`the answer was cut: ${bytes.length} of ${bodyEnd} bytes`);
  }
  const body = Buffer.from(bytes.subarray(bodyStart, bodyEnd));
  const json = () => JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  const answer = { interim: [], statusLine, status, headers, body, header, json };
  return { answer, length: bodyEnd };
}

function bodyLength(status: number, contentLength: string | undefined): number {
  return status < 200 || status === 204 || status === 304 ? 0 : Number(contentLength ?? 0);
}
