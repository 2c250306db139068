import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type AddressInfo, connect, createServer, Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import type { ReceivedBytes } from "../../domain/body-bytes.ts";
import { findDuplicate } from "./accelerator.ts";
import { SocketReceiver } from "./socket-receiver.ts";

const BYTES = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
const duplicate = findDuplicate();
const options = { skip: duplicate === undefined && "the native addon was not built" };

interface Case {
  readonly sizeBytes: number;
  readonly idleTimeoutMs?: number;
  take?(bytes: Uint8Array): boolean;
}

/** A connection, and a receiver of what `client` sends over it; both ends are closed with the test. */
async function receive(
  context: TestContext,
  { sizeBytes, idleTimeoutMs = 5000, take = () => true }: Case,
) {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const connected = once(server, "connection");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = await connected;
  assert.ok(socket instanceof Socket && duplicate !== undefined);
  context.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  const room = new Uint8Array(32 * 1024);
  const chunks: Uint8Array[] = [];
  const ended = Promise.withResolvers<ReceivedBytes>();
  const openBefore = readdirSync("/proc/self/fd").length;
  const descriptor = duplicate(Reflect.get(Object(Reflect.get(socket, "_handle")), "fd"));
  const receiver = new SocketReceiver(
    { descriptor, sizeBytes, idleTimeoutMs },
    {
      room: () => room,
      filled: (count) => {
        const bytes = Uint8Array.from(room.subarray(0, count));
        chunks.push(bytes);
        return take(bytes);
      },
      ended: ended.resolve,
    },
  );
  return { client, socket, receiver, chunks, ended: ended.promise, openBefore };
}

describe("SocketReceiver", () => {
  it("takes so many bytes and leaves the next one in the connection", options, async (context) => {
    const { client, socket, chunks, ended, openBefore } = await receive(context, {
      sizeBytes: 150_001,
    });
    client.end(BYTES);
    assert.deepEqual(await ended, { sizeBytes: 150_001, isIdle: false });
    assert.ok(Buffer.concat(chunks).equals(BYTES.subarray(0, 150_001)));
    assert.equal(readdirSync("/proc/self/fd").length, openBefore);
    const rest: Buffer[] = [];
    for await (const chunk of socket) {
      rest.push(chunk);
    }
    assert.ok(Buffer.concat(rest).equals(BYTES.subarray(150_001)));
  });

  it(
    "ends when it is told to, when it may not go on, and when the client ends or is silent",
    options,
    async (context) => {
      const stopped = await receive(context, { sizeBytes: 10 });
      stopped.receiver.stop();
      stopped.receiver.stop();
      assert.deepEqual(await stopped.ended, { sizeBytes: 0, isIdle: false });

      const refused = await receive(context, { sizeBytes: 10, take: () => false });
      refused.client.write("abc");
      assert.deepEqual(await refused.ended, { sizeBytes: 3, isIdle: false });

      const finished = await receive(context, { sizeBytes: 10 });
      finished.client.end("abcd");
      assert.deepEqual(await finished.ended, { sizeBytes: 4, isIdle: false });

      const silent = await receive(context, { sizeBytes: 10, idleTimeoutMs: 20 });
      silent.client.write("abcde");
      assert.deepEqual(await silent.ended, { sizeBytes: 5, isIdle: true });
    },
  );

  it(
    "tells that nobody can read on when the client resets the connection",
    options,
    async (context) => {
      const { client, chunks, ended } = await receive(context, {
        sizeBytes: 10,
        take: () => {
          client.resetAndDestroy();
          return true;
        },
      });
      client.write("abc");
      assert.deepEqual(await ended, { sizeBytes: undefined, isIdle: false });
      assert.equal(Buffer.concat(chunks).toString(), "abc");
    },
  );

  it(
    "takes no time in which its own thread was busy for the silence of the client",
    options,
    async (context) => {
      const { client, ended } = await receive(context, {
        sizeBytes: 6,
        idleTimeoutMs: 20,
        take: (bytes) => {
          if (bytes.length === 3) {
            client.write("def");
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
          }
          return true;
        },
      });
      client.write("abc");
      assert.deepEqual(await ended, { sizeBytes: 6, isIdle: false });
    },
  );
});
