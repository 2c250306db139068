import assert from "node:assert/strict";
import { once } from "node:events";
import { readSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { detachConnection } from "./detach-body.ts";

const BODY = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));

/** What the connection gives now, up to `count` bytes. */
async function readDescriptor(descriptor: number, count: number): Promise<Buffer> {
  const bytes = Buffer.alloc(count);
  let filled = 0;
  while (filled < count) {
    try {
      filled += readSync(descriptor, bytes, filled, count - filled, null);
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
      await nextTurn();
    }
  }
  return bytes;
}

describe("detachConnection", () => {
  it("leaves the body to somebody else, and the connection good for the next requests", async () => {
    const bodies: Buffer[] = [];
    const server = createServer((request, response) => {
      void receive(request).then((body) => {
        bodies.push(body);
        response.end(`${body.length} ${request.complete}`);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY.length}\r\n\r\n`;
    // The second request follows at once: not a byte of it belongs to the first body.
    client.write(head);
    client.write(BODY);
    client.write(head);
    client.write(BODY);
    client.end(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const answers = await readAll(client);
    assert.equal(answers.match(/3000000 true/g)?.length, 2, answers);
    assert.match(answers, /0 true$/m);
    assert.ok(bodies[0]?.equals(BODY) && bodies[1]?.equals(BODY));
    server.close();
  });

  it("leaves a connection alone that goes on by itself once an answer is written", async () => {
    const server = createServer((request, response) => {
      request.once("data", () => {
        Object.defineProperty(request.socket, "writableNeedDrain", { value: true });
        response.end(`detached: ${detachConnection(request) !== undefined}`);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    client.end(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc`);
    const answer = await readAll(client);
    server.close();
    assert.match(answer, /detached: false/);
  });
});

async function readAll(client: Socket): Promise<string> {
  let text = "";
  for await (const chunk of client) {
    text += chunk;
  }
  return text;
}

/** The first chunk as Node gives it, the rest from the descriptor. */
async function receive(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  const announced = Number(request.headers["content-length"] ?? 0);
  request.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
  });
  if (announced > 0) {
    await once(request, "data");
    const connection = detachConnection(request);
    assert.ok(connection !== undefined);
    const rest = await readDescriptor(connection.descriptor, announced - received);
    connection.attach(rest.length);
    chunks.push(rest);
  }
  if (!request.complete) await once(request, "end");
  return Buffer.concat(chunks);
}
