/** A subscriber of topics on a port of its own: it keeps what it is sent and answers as it is told. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import MessageValidator from "sns-validator";

export interface ReceivedPost {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as JSON. */
  readonly json: Readonly<Record<string, string>>;
}

export interface Subscriber {
  readonly url: string;
  readonly posts: readonly ReceivedPost[];
  /** The status of its answers from now on. */
  answer(status: number): void;
  /** The first post that it answered with 200 and that fits; rejects after 30 s. */
  await(fits: (post: ReceivedPost) => boolean): Promise<ReceivedPost>;
  close(): Promise<void>;
}

const WAIT_MAX_MS = 30_000;

/** Starts a subscriber on 127.0.0.1. */
export async function startSubscriber(): Promise<Subscriber> {
  let status = 200;
  const posts: ReceivedPost[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (status === 200) {
      posts.push({ headers: request.headers, body, json: JSON.parse(body) });
    }
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/topics?of=test`,
    posts,
    answer: (next) => {
      status = next;
    },
    await: async (fits) => {
      const deadline = performance.now() + WAIT_MAX_MS;
      for (;;) {
        const found = posts.find(fits);
        if (found !== undefined) {
          return found;
        }
        if (performance.now() > deadline) {
          throw new Error(`no such post among ${JSON.stringify(posts)}`);
        }
        await sleep(20);
      }
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/**
 * Verifies a message with sns-validator. It insists on https, which the certificate's place is not part of the
 * signature for; so the URL is given to it as https and its fetch is led back to where the URL points.
 */
export async function validateMessage(post: ReceivedPost): Promise<void> {
  const url = post.json["SigningCertURL"] ?? "";
  const certificate = await fetch(url);
  const pem = await certificate.text();
  mock.method(https, "get", ((_url: string, onResponse: (response: object) => void) => {
    onResponse({
      statusCode: certificate.status,
      on(event: string, listener: (data?: Buffer) => void) {
        listener(event === "data" ? Buffer.from(pem) : undefined);
        return this;
      },
    });
    return { on: () => undefined };
  }) as unknown as typeof https.get);
  const message = { ...post.json, SigningCertURL: url.replace(/^http:/, "https:") };
  const validator = new MessageValidator(/^127\.0\.0\.1:\d+$/);
  try {
    await new Promise<void>((resolve, reject) => {
      validator.validate(message, (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    mock.restoreAll();
  }
}
