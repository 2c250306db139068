/** How the bytes of a download leave: from buffers that are used again, to readers of every kind. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request as requestHttp,
} from "node:http";
import { createServer as createTlsServer, request as requestHttps } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { renderResponse } from "../../src/http/render-response.ts";
import { ClientGone } from "../../src/http/request-body.ts";
import { listening } from "../support/listening.ts";
import { makeCertificate } from "../support/test-certificate.ts";

const CHUNK_BYTES = 512 * 1024;
/** Several times what the buffers of two sockets hold. */
const CHUNK_COUNT = 32;
const SCRIBBLE = 0xff;

/** Chunk `index` is filled with `index`: no chunk looks like another, or like a scribble. */
const EXPECTED = Buffer.concat(
  Array.from({ length: CHUNK_COUNT }, (_, index) => Buffer.alloc(CHUNK_BYTES, index)),
);

/** What a source saw of its reader. */
interface Source {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly asked: () => number;
  readonly released: Promise<void>;
}

/**
 * A source that is as hostile as the contract of `BlobStore.read` allows: it overwrites a chunk at the very moment
 * the second chunk after it is asked for.
 */
function hostileSource(): Source {
  let asked = 0;
  const { promise: released, resolve } = Promise.withResolvers<void>();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const given: Uint8Array[] = [];
    try {
      for (let index = 0; index < CHUNK_COUNT; index += 1) {
        asked += 1;
        given[index - 2]?.fill(SCRIBBLE);
        await nextTurn();
        const chunk = new Uint8Array(CHUNK_BYTES).fill(index);
        given.push(chunk);
        yield chunk;
      }
    } finally {
      resolve();
    }
  }
  return { bytes: chunks(), asked: () => asked, released };
}

interface Sending {
  readonly source: Source;
  /** How sending ended: the bytes told, or the error. */
  readonly ended: Promise<unknown>;
}

/** Answers every request with a download; `sendings` has one entry for each. */
function listener(sendings: Sending[]): RequestListener {
  return (_request, response) => {
    const source = hostileSource();
    const output = {
      body: { sizeBytes: CHUNK_COUNT * CHUNK_BYTES, bytes: source.bytes },
      status: 200,
      checksum: undefined,
      contentRange: undefined,
      acceptRanges: "bytes",
      contentType: "application/octet-stream",
      archiveDescription: undefined,
    } as const;
    const ended = renderResponse(response, "GetJobOutput", output, "request-1");
    sendings.push({ source, ended: ended.catch((error: unknown) => error) });
  };
}

/** Runs `use` against a plain listener and one that speaks TLS. */
async function withListeners(
  use: (get: () => Promise<IncomingMessage>, sendings: Sending[]) => Promise<void>,
): Promise<void> {
  const plain: Sending[] = [];
  await listening(createServer(listener(plain)), (port) =>
    use(() => answerOf(requestHttp({ host: "127.0.0.1", port })), plain),
  );
  const folder = await mkdtemp(join(tmpdir(), "moraine-streamed-"));
  try {
    const { certificatePath, privateKeyPath } = await makeCertificate(folder, "streamed");
    const [cert, key] = await Promise.all([readFile(certificatePath), readFile(privateKeyPath)]);
    const secure: Sending[] = [];
    await listening(createTlsServer({ cert, key }, listener(secure)), (port) =>
      use(() => answerOf(requestHttps({ host: "127.0.0.1", port, ca: cert })), secure),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function answerOf(request: ReturnType<typeof requestHttp>): Promise<IncomingMessage> {
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

async function readAll(response: IncomingMessage, pauseTurns: number): Promise<number> {
  let received = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const expected = EXPECTED.subarray(received, received + chunk.length);
    assert.ok(chunk.equals(expected), `bytes from ${received} on are not what the source gave`);
    received += chunk.length;
    for (let turn = 0; turn < pauseTurns; turn += 1) {
      await nextTurn();
    }
  }
  return received;
}

describe("the bytes of a download", () => {
  it("arrive as they were given, though the source uses its buffers again at once", async () => {
    await withListeners(async (get, sendings) => {
      assert.equal(await readAll(await get(), 0), CHUNK_COUNT * CHUNK_BYTES);
      assert.equal(await sendings[0]?.ended, CHUNK_COUNT * CHUNK_BYTES);
    });
  });

  it("arrive so at readers that are slow, several at once", async () => {
    await withListeners(async (get) => {
      const answers = await Promise.all([get(), get(), get()]);
      const received = await Promise.all(
        answers.map((answer, index) => readAll(answer, 3 * index)),
      );
      assert.deepEqual(
        received,
        answers.map(() => CHUNK_COUNT * CHUNK_BYTES),
      );
    });
  });

  it("are asked for no further than two chunks beyond what the connection took", async () => {
    await withListeners(async (get, sendings) => {
      const answer = await get();
      let asked = -1;
      for (let quietTurns = 0; quietTurns < 2_000; quietTurns += 1) {
        const now = sendings[0]?.source.asked() ?? 0;
        quietTurns = now === asked ? quietTurns : 0;
        asked = now;
        await nextTurn();
      }
      assert.ok(asked < CHUNK_COUNT, `${asked} chunks were asked for though nobody reads`);
      assert.equal(await readAll(answer, 0), CHUNK_COUNT * CHUNK_BYTES);
    });
  });

  it("release their source when the reader breaks off", async () => {
    await withListeners(async (get, sendings) => {
      const answer = await get();
      await once(answer, "data");
      answer.destroy();
      await sendings[0]?.source.released;
      assert.ok((await sendings[0]?.ended) instanceof ClientGone);
    });
  });
});
