import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import { describe, it } from "node:test";
import { tryDetaching } from "./try-detaching.ts";

/** Node's parser of HTTP, which it does not export. */
async function findParserPrototype(): Promise<Record<string, unknown>> {
  const server = createServer((_request, response) => response.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.end("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const [{ socket }] = await once(server, "request");
  const prototype = Object.getPrototypeOf(socket.parser);
  client.destroy();
  server.close();
  return prototype;
}

/** What is found while `name` of `owner` is `value`. */
async function tryWith(owner: object, name: string, value: unknown): Promise<string | undefined> {
  const known = Object.getOwnPropertyDescriptor(owner, name);
  assert.ok(known !== undefined, name);
  Object.defineProperty(owner, name, { ...known, value });
  try {
    return await tryDetaching(200);
  } finally {
    Object.defineProperty(owner, name, known);
  }
}

describe("tryDetaching", () => {
  it("finds that the Node.js in use lends connections", async () => {
    assert.equal(await tryDetaching(), undefined);
  });

  it("finds what a Node.js lacks", async () => {
    const parser = await findParserPrototype();
    const reason = "Node's HTTP server is not made as it was";
    assert.equal(await tryWith(parser, "resume", undefined), reason);
    assert.equal(await tryWith(Socket.prototype, "constructor", Object), reason);
  });

  it("finds a Node.js that does another thing under a known name", async () => {
    const parser = await findParserPrototype();
    const failure = new Error("no bytes please");
    const refused = await tryWith(parser, "execute", () => failure);
    assert.match(refused ?? "", /aborted/);
    const { execute } = parser;
    assert.ok(typeof execute === "function");
    const counted = function (this: unknown, bytes: Uint8Array): unknown {
      return execute.call(this, bytes.subarray(1));
    };
    assert.match((await tryWith(parser, "execute", counted)) ?? "", /did not come back/);
  });

  it("lends connections again afterwards", async () => {
    assert.equal(await tryDetaching(), undefined);
  });
});
