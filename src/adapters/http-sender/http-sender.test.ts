import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, describe, it } from "node:test";
import { createHttpSender, HttpSendError } from "./http-sender.ts";

const servers: Server[] = [];
const never = new AbortController().signal;
const message = { headers: [["X-Test", "1"]], body: "body €" } as const;

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("the HTTP sender", () => {
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("posts headers and body, and tells the status", async () => {
    const seen: { request: IncomingMessage; body: string }[] = [];
    const port = await serve(async (request, response) => {
      seen.push({ request, body: await text(request) });
      response.writeHead(202).end("thanks");
    });
    const sender = createHttpSender({ allowPrivate: true });
    assert.equal(await sender.post(`http://127.0.0.1:${port}/a?b=c`, message, never), 202);
    const [{ request, body } = assert.fail()] = seen;
    assert.equal(request.method, "POST");
    assert.equal(request.url, "/a?b=c");
    assert.equal(request.headers["x-test"], "1");
    assert.equal(request.headers["content-length"], "8");
    assert.equal(body, "body €");
  });

  it("connects to the address it checked, though the name means another by then", async () => {
    const port = await serve((_request, response) => void response.end());
    let lookups = 0;
    const resolve = async () => {
      lookups += 1;
      return [{ address: "127.0.0.1", family: 4 }];
    };
    const sender = createHttpSender({ allowPrivate: true, resolve });
    const status = await sender.post(`http://moraine.invalid:${port}/`, message, never);
    assert.equal(status, 200);
    assert.equal(lookups, 1);
  });

  it("refuses addresses that are not public, by number and behind names", async () => {
    let requests = 0;
    const port = await serve((_request, response) => {
      requests += 1;
      response.end();
    });
    const resolve = async () => [
      { address: "127.0.0.1", family: 4 },
      { address: "::1", family: 6 },
    ];
    const sender = createHttpSender({ allowPrivate: false, resolve });
    for (const host of ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "public.example"]) {
      const refused = sender.post(`http://${host}:${port}/`, message, never);
      await assert.rejects(refused, HttpSendError, host);
    }
    assert.equal(requests, 0);
  });

  it("follows no redirect", async () => {
    const port = await serve((request, response) => {
      assert.equal(request.url, "/");
      response.writeHead(302, { Location: "/elsewhere" }).end();
    });
    const sender = createHttpSender({ allowPrivate: true });
    assert.equal(await sender.post(`http://127.0.0.1:${port}/`, message, never), 302);
  });

  it("cuts off an answer without end", async () => {
    const port = await serve((_request, response) => {
      const flood = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) {
          // The connection takes more.
        }
        response.once("drain", flood);
      };
      flood();
    });
    const sender = createHttpSender({ allowPrivate: true });
    assert.equal(await sender.post(`http://127.0.0.1:${port}/`, message, never), 200);
  });

  it("gives up on an endpoint that hangs, before and in its answer", async () => {
    const port = await serve((request, response) => {
      if (request.url === "/half") {
        response.writeHead(200).write("half");
      }
    });
    const sender = createHttpSender({ allowPrivate: true, attemptMaxMs: 50 });
    for (const path of ["/", "/half"]) {
      await assert.rejects(sender.post(`http://127.0.0.1:${port}${path}`, message, never), path);
    }
  });

  it("gives up on a name server that hangs, and when it is told to stop", async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const slow = createHttpSender({ allowPrivate: true, resolve, attemptMaxMs: 50 });
    await assert.rejects(slow.post("http://moraine.invalid/", message, never), HttpSendError);
    const stopping = new AbortController();
    const sender = createHttpSender({ allowPrivate: true, resolve });
    const sent = sender.post("http://moraine.invalid/", message, stopping.signal);
    stopping.abort();
    await assert.rejects(sent, HttpSendError);
  });
});
