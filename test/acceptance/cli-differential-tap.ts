/** A tap between a client and the service: forwards requests as they came, and notes what they say. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the service understands it. */
export interface TappedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Those that mean something to an operation. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; the size of a body of an upload; `undefined` when there is none. */
  readonly body: unknown;
}

export interface Tap {
  readonly url: string;
  /** The requests since the last call. */
  take(): readonly TappedRequest[];
  stop(): Promise<void>;
}

const HEADERS: readonly string[] = [
  "x-amz-glacier-version",
  "x-amz-archive-description",
  "x-amz-part-size",
  "x-amz-archive-size",
  "x-amz-sha256-tree-hash",
  "content-range",
  "range",
];
/** Clients may state it of any request; it means something for uploads alone. */
const PAYLOAD_HASH = "x-amz-content-sha256";

/** Listens on a free port of 127.0.0.1 and forwards to `serviceUrl`, with the Host header as received. */
export async function startTap(serviceUrl: string): Promise<Tap> {
  const seen: TappedRequest[] = [];
  const { hostname, port } = new URL(serviceUrl);
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      seen.push(describeRequest(incoming, body));
      forward(incoming, outgoing, { hostname, port, body });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => seen.splice(0),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  to: { readonly hostname: string; readonly port: string; readonly body: Buffer },
): void {
  const onward = request(
    {
      hostname: to.hostname,
      port: to.port,
      method: incoming.method ?? "GET",
      path: incoming.url ?? "/",
      headers: incoming.rawHeaders,
      setHost: false,
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    },
  );
  onward.on("error", () => outgoing.destroy());
  onward.end(to.body);
}

function describeRequest(incoming: IncomingMessage, body: Buffer): TappedRequest {
  const url = new URL(incoming.url ?? "/", "http://tap");
  const isUpload = /\/(?:archives|multipart-uploads\/[^/]+)$/.test(url.pathname) && body.length > 0;
  const names = isUpload ? [...HEADERS, PAYLOAD_HASH] : HEADERS;
  const headers = names.flatMap((name) => {
    const value = incoming.headers[name];
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return {
    method: incoming.method ?? "",
    path: url.pathname,
    query: [...url.searchParams].sort(([a], [b]) => (a < b ? -1 : 1)),
    headers: Object.fromEntries(headers),
    body: isUpload ? body.length : parseBody(body.toString("utf8")),
  };
}

function parseBody(text: string): unknown {
  if (text === "") {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
