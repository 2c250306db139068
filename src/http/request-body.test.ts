import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceError } from "../domain/errors.ts";
import { ClientGone, createBodyReader, readWhole } from "./request-body.ts";

/** What of a request the reader uses, with the wire in the test's hands. */
class FakeRequest extends Readable {
  complete = false;
  override _read(): void {}

  receive(text: string): void {
    this.push(Buffer.from(text));
  }

  finish(): void {
    this.complete = true;
    this.push(null);
  }
}

function read(options: { readonly idleTimeoutMs?: number; readonly onStart?: () => void } = {}) {
  const request = new FakeRequest();
  const reader = createBodyReader(request as unknown as IncomingMessage, {
    idleTimeoutMs: options.idleTimeoutMs ?? 1000,
    onStart: options.onStart ?? (() => undefined),
  });
  return { request, reader };
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

describe("createBodyReader", () => {
  it("yields every chunk once and in order", async () => {
    const { request, reader } = read();
    const collected = collect(reader.bytes);
    for (const text of ["a", "b", "c"]) {
      request.receive(text);
      await sleep(1);
    }
    request.receive("d");
    request.finish();
    assert.equal(await collected, "abcd");
    assert.equal(reader.receivedBytes(), 4);
    assert.equal(reader.isComplete(), true);
  });

  it("gives the memory of a chunk back when the next one is asked for, and only of a chunk that is alone in it", async () => {
    const { request, reader } = read();
    const shared = Buffer.from(new ArrayBuffer(100), 10, 50);
    request.push(Buffer.alloc(70_000, 1));
    request.push(shared);
    request.finish();
    const sizes: number[] = [];
    const chunks: Uint8Array[] = [];
    for await (const chunk of reader.bytes) {
      sizes.push(chunk.length);
      chunks.push(chunk);
    }
    assert.deepEqual(sizes, [70_000, 50]);
    assert.deepEqual(
      chunks.map((chunk) => chunk.length),
      [0, 50],
    );
  });

  it("reads nothing before it is asked, and says so once when it begins", async () => {
    let started = 0;
    const { request, reader } = read({ onStart: () => (started += 1) });
    request.receive("early");
    request.finish();
    await sleep(5);
    assert.equal(started, 0);
    assert.equal(reader.receivedBytes(), 0);
    assert.equal(await collect(reader.bytes), "early");
    assert.equal(started, 1);
  });

  it("gives up on a client that sends nothing for the idle limit", async () => {
    const { request, reader } = read({ idleTimeoutMs: 30 });
    request.receive("some");
    await assert.rejects(collect(reader.bytes), (error) => {
      assert.ok(error instanceof ServiceError);
      assert.equal(error.code, "RequestTimeoutException");
      assert.equal(error.message, "Request timed out.");
      return true;
    });
    request.destroy();
  });

  it("waits for a slow client that keeps sending", async () => {
    const { request, reader } = read({ idleTimeoutMs: 60 });
    const collected = collect(reader.bytes);
    for (let round = 0; round < 6; round += 1) {
      await sleep(20);
      request.receive("x");
    }
    request.finish();
    assert.equal(await collected, "xxxxxx");
  });

  it("notices a client that disconnects, before its body or within it", async () => {
    for (const error of [undefined, new Error("ECONNRESET")]) {
      const { request, reader } = read();
      const collected = collect(reader.bytes);
      request.receive("half");
      await sleep(1);
      request.destroy(error);
      await assert.rejects(collected, ClientGone);
    }
  });

  it("stops taking bytes that nobody asks for", async () => {
    const { request, reader } = read();
    const iterator = reader.bytes[Symbol.asyncIterator]();
    const first = iterator.next();
    const chunk = "x".repeat(64 * 1024);
    for (let round = 0; round < 64; round += 1) {
      request.receive(chunk);
      await Promise.resolve();
    }
    await first;
    await sleep(5);
    assert.equal(request.isPaused(), true);
    assert.ok(reader.receivedBytes() <= 512 * 1024, `${reader.receivedBytes()} bytes were taken`);
    request.finish();
    let rest = 0;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      rest += next.value.length;
    }
    assert.equal(rest, 63 * chunk.length);
  });
});

describe("readWhole", () => {
  it("takes a body up to its limit and refuses a longer one", async () => {
    for (const [text, fits] of [
      ["12345", true],
      ["123456", false],
    ] as const) {
      const { request, reader } = read();
      request.receive(text);
      request.finish();
      const whole = readWhole(reader, 5);
      if (fits) {
        assert.equal(Buffer.from(await whole).toString(), text);
      } else {
        await assert.rejects(whole, /Invalid Content-Length: 6\. .* at most 5 bytes/);
      }
    }
  });
});
