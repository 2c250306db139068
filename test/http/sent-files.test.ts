/** How the bytes of files leave, by sendfile and by copying: what clients see must be the same. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, ftruncateSync, openSync, readdirSync } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findFileSender } from "../../src/adapters/native-sendfile/native-file-sender.ts";
import { renderResponse } from "../../src/http/render-response.ts";
import { ClientGone } from "../../src/http/request-body.ts";
import type { FileSender } from "../../src/ports/file-sender.ts";
import type { ResponseBody } from "../../src/protocol/fields.ts";
import type { FileRange } from "../../src/std/file-range.ts";
import { GET, openClient, readAnswers } from "../support/download-client.ts";
import { listening } from "../support/listening.ts";
import { makeCertificate } from "../support/test-certificate.ts";

const MIB = 1024 * 1024;
/** Several times what the buffers of two sockets hold. */
const FILE_BYTES = 24 * MIB + 5;
const LATEST_MS = 20_000;
const native = findFileSender(true);
const why = "there is no native/build/sendfile.node: no Linux, or no compiler";

let folder = "";
let path = "";
let contents: Buffer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-sent-"));
  path = join(folder, "file");
  contents = Buffer.alloc(FILE_BYTES, "a tile of 31 bytes, so no MiB is like another");
  await writeFile(path, contents);
});
after(() => rm(folder, { recursive: true, force: true }));

/** One answer being sent: how it ended, and what happened to its pieces. */
interface Sending {
  /** The bytes told, or the error. */
  readonly ended: Promise<unknown>;
  readonly fileCloses: () => number;
  /** Bytes of files that were read. */
  readonly copiedBytes: () => number;
}

/** A piece of the file, or other bytes. */
type Piece = readonly [start: number, endExclusive: number] | Uint8Array;

/** A body of `pieces`, whose range of the file may reach beyond its end. */
function bodyOf(pieces: readonly Piece[]): ResponseBody & Omit<Sending, "ended"> {
  let fileCloses = 0;
  let copiedBytes = 0;
  async function openRange(start: number, endExclusive: number): Promise<FileRange> {
    const file = await open(path);
    return {
      descriptor: file.fd,
      start,
      endExclusive,
      readFrom: async function* (from) {
        for (let at = from; at < endExclusive; ) {
          const target = new Uint8Array(Math.min(MIB, endExclusive - at));
          const { bytesRead } = await file.read(target, 0, target.length, at);
          if (bytesRead === 0) {
            throw new Error(`the file ends at ${at}`);
          }
          copiedBytes += bytesRead;
          at += bytesRead;
          yield target.subarray(0, bytesRead);
        }
      },
      close: async () => {
        await file.close();
        fileCloses += 1;
      },
    };
  }
  async function* openPieces(): AsyncGenerator<Uint8Array | FileRange> {
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) {
        yield piece;
        continue;
      }
      const range = await openRange(...piece);
      try {
        yield range;
      } finally {
        await range.close();
      }
    }
  }
  async function* read(): AsyncGenerator<Uint8Array> {
    for await (const piece of openPieces()) {
      yield* piece instanceof Uint8Array ? [piece] : piece.readFrom(piece.start);
    }
  }
  const lengthOf = (piece: Piece) =>
    piece instanceof Uint8Array ? piece.length : piece[1] - piece[0];
  return {
    sizeBytes: pieces.reduce((sum, piece) => sum + lengthOf(piece), 0),
    bytes: read(),
    pieces: openPieces,
    fileCloses: () => fileCloses,
    copiedBytes: () => copiedBytes,
  };
}

const WHOLE: readonly Piece[] = [[0, FILE_BYTES]];

function answerWith(
  sender: FileSender | undefined,
  sendings: Sending[],
  pieces: readonly Piece[],
): RequestListener {
  return (_request, response) => {
    const body = bodyOf(pieces);
    const output = {
      body,
      status: 200,
      checksum: undefined,
      contentRange: undefined,
      acceptRanges: "bytes",
      contentType: "application/octet-stream",
      archiveDescription: undefined,
    } as const;
    const ended = renderResponse(response, "GetJobOutput", output, "request-1", sender).catch(
      (error: unknown) => {
        response.req.destroy();
        return error;
      },
    );
    sendings.push({ ...body, ended });
  };
}

async function until(holds: () => boolean): Promise<void> {
  const latest = Date.now() + LATEST_MS;
  while (!holds()) {
    assert.ok(Date.now() < latest, `not within ${LATEST_MS} ms`);
    await sleep(5);
  }
}

/** Descriptors of this process; sending a file duplicates one. */
function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Resolves once a client has got the head, which it does not read on from. */
async function untilBegun(socket: Socket): Promise<void> {
  await once(socket, "readable");
  socket.read(1);
}

const WAYS = [
  { way: "sendfile", sender: native, skip: native === undefined && why },
  { way: "copying", sender: undefined, skip: false },
] as const;

for (const { way, sender, skip } of WAYS) {
  describe(`files sent by ${way}`, { skip }, () => {
    async function withServer(
      use: (port: number, sendings: Sending[], server: Server) => Promise<void>,
      pieces: readonly Piece[] = WHOLE,
    ): Promise<void> {
      const sendings: Sending[] = [];
      const server = createServer(answerWith(sender, sendings, pieces));
      await listening(server, (port) => use(port, sendings, server));
    }

    it("arrive whole, and nothing of them is read but for copying", async () => {
      await withServer(async (port, sendings) => {
        const socket = await openClient(port, GET);
        const [body] = await readAnswers(socket, 1);
        assert.ok(body?.equals(contents));
        assert.equal(await sendings[0]?.ended, FILE_BYTES);
        assert.equal(sendings[0]?.fileCloses(), 1);
        assert.equal(sendings[0]?.copiedBytes(), way === "copying" ? FILE_BYTES : 0);
      });
    });

    it("arrive in the order of their pieces, between bytes that come from elsewhere", async () => {
      const text = (it: string) => new TextEncoder().encode(it);
      const pieces: readonly Piece[] = [
        text("first"),
        [MIB - 7, 3 * MIB],
        [5, 6],
        text("middle"),
        text(" and on"),
        [0, 2 * MIB],
        text("last"),
      ];
      const expected = Buffer.concat(
        pieces.map((piece) => (piece instanceof Uint8Array ? piece : contents.subarray(...piece))),
      );
      await withServer(async (port) => {
        const socket = await openClient(port, GET);
        const [body] = await readAnswers(socket, 1);
        assert.ok(body?.equals(expected));
      }, pieces);
    });

    it("arrive at readers that are slow, more of them than there are threads", async () => {
      await withServer(async (port, sendings) => {
        const sockets = await Promise.all(Array.from({ length: 6 }, () => openClient(port, GET)));
        await until(() => sendings.length === sockets.length);
        const quick = await openClient(port, GET);
        assert.ok((await readAnswers(quick, 1))[0]?.equals(contents));
        for (const socket of sockets) {
          const [body] = await readAnswers(socket, 1, () => sleep(0));
          assert.ok(body?.equals(contents));
        }
      });
    });

    it("leave the connection to further requests, sent at once or afterwards", async () => {
      await withServer(async (port) => {
        const socket = await openClient(port, GET + GET + GET);
        for (const body of await readAnswersAndKeep(socket, 3)) {
          assert.ok(body.equals(contents));
        }
        socket.write(GET);
        const [body] = await readAnswers(socket, 1);
        assert.ok(body?.equals(contents));
      });
    });

    it("are let go of when the reader breaks off", async () => {
      await withServer(async (port, sendings) => {
        const idle = countDescriptors();
        for (let round = 0; round < 20; round += 1) {
          const socket = await openClient(port, GET + GET);
          await untilBegun(socket);
          round % 2 === 0 ? socket.destroy() : socket.resetAndDestroy();
        }
        await until(() => sendings.length >= 20);
        for (const sending of sendings) {
          assert.ok((await sending.ended) instanceof ClientGone);
        }
        await until(() => countDescriptors() <= idle);
      });
    });

    it("are let go of when the server closes all connections", async () => {
      await withServer(async (port, sendings, server) => {
        const idle = countDescriptors();
        const socket = await openClient(port, GET);
        await untilBegun(socket);
        server.closeAllConnections();
        assert.ok((await sendings[0]?.ended) instanceof ClientGone);
        socket.destroy();
        await until(() => countDescriptors() <= idle);
      });
    });

    it("end in an answer that is cut off when the file is shorter than told", async () => {
      await withServer(
        async (port, sendings) => {
          const socket = await openClient(port, GET);
          const received = await Array.fromAsync(socket as AsyncIterable<Buffer>);
          assert.match(String(await sendings[0]?.ended), /the file ends at 25165829/);
          const all = Buffer.concat(received);
          const body = all.subarray(all.indexOf("\r\n\r\n") + 4);
          assert.ok(body.length <= FILE_BYTES);
          assert.ok(body.equals(contents.subarray(0, body.length)));
          assert.equal(sendings[0]?.fileCloses(), 1);
        },
        [[0, FILE_BYTES + 1]],
      );
    });

    it("end in an answer that is cut off when the file is cut while it is sent", async () => {
      const before_ = path;
      path = join(folder, `cut-${way}`);
      await writeFile(path, contents);
      try {
        await withServer(async (port, sendings) => {
          const socket = await openClient(port, GET);
          await untilBegun(socket);
          const descriptor = openSync(path, "r+");
          ftruncateSync(descriptor, FILE_BYTES - MIB);
          closeSync(descriptor);
          const received = await Array.fromAsync(socket as AsyncIterable<Buffer>);
          assert.match(String(await sendings[0]?.ended), /the file ends at 24117253/);
          assert.ok(Buffer.concat(received).length < FILE_BYTES);
        });
      } finally {
        path = before_;
      }
    });

    it("are cut off for a reader that takes nothing, and not for one that takes little at a time", async () => {
      await withServer(async (port, sendings, server) => {
        server.setTimeout(400);
        const stuck = await openClient(port, GET);
        await untilBegun(stuck);
        const patient = await openClient(port, GET);
        // Longer than the limit in all, with pauses that are shorter.
        let takenBytes = 0;
        const startedAtMs = Date.now();
        const [body] = await readAnswers(patient, 1, async () => {
          takenBytes += 64 * 1024;
          await sleep(takenBytes % (2 * MIB) === 0 ? 60 : 0);
        });
        assert.ok(Date.now() - startedAtMs > 400);
        assert.ok(body?.equals(contents));
        assert.ok((await sendings[0]?.ended) instanceof ClientGone);
        assert.equal(await sendings[1]?.ended, FILE_BYTES);
        stuck.destroy();
      });
    });

    it("are given up when the reader has ended its side, and leave nothing open", async () => {
      await withServer(async (port, sendings) => {
        const idle = countDescriptors();
        const socket = await openClient(port, GET, true);
        await untilBegun(socket);
        socket.end();
        assert.ok((await sendings[0]?.ended) instanceof ClientGone);
        socket.destroy();
        await until(() => countDescriptors() <= idle);
      });
    });
  });
}

/** The answers to requests, on a socket that stays open for more. */
async function readAnswersAndKeep(socket: Socket, count: number): Promise<Buffer[]> {
  const chunks = socket.iterator({ destroyOnReturn: false });
  // What is read of a socket is its chunks and nothing else.
  const kept = { [Symbol.asyncIterator]: () => chunks } as unknown as Socket;
  return await readAnswers(kept, count);
}

describe("a file that can't be sent as it is", () => {
  async function fetchWith(sender: FileSender): Promise<Sending | undefined> {
    const sendings: Sending[] = [];
    await listening(createServer(answerWith(sender, sendings, WHOLE)), async (port) => {
      const [body] = await readAnswers(await openClient(port, GET), 1);
      assert.ok(body?.equals(contents));
      assert.equal(await sendings[0]?.ended, FILE_BYTES);
    });
    return sendings[0];
  }

  it("is copied when its connection or its file system is refused", async () => {
    const refused = await fetchWith({
      start: () => {
        throw new Error("not with this socket");
      },
    });
    assert.equal(refused?.copiedBytes(), FILE_BYTES);
  });

  it("is copied from where sending ended", { skip: native === undefined && why }, async () => {
    const half = 12 * MIB;
    const continued = await fetchWith({
      start: (file) => {
        assert.ok(native !== undefined);
        return native.start({ ...file, endExclusive: half });
      },
    });
    assert.equal(continued?.copiedBytes(), FILE_BYTES - half);
  });

  it("is copied over TLS", async () => {
    const { certificatePath, privateKeyPath } = await makeCertificate(folder, "sent");
    const [cert, key] = await Promise.all([readFile(certificatePath), readFile(privateKeyPath)]);
    const sendings: Sending[] = [];
    const sender = { start: () => assert.fail("a file was sent past the encryption") };
    const server = createTlsServer({ cert, key }, answerWith(sender, sendings, WHOLE));
    await listening(server, async (port) => {
      const request = requestHttps({ host: "127.0.0.1", port, ca: cert });
      request.end();
      const [response] = await once(request, "response");
      assert.ok(Buffer.concat(await Array.fromAsync(response)).equals(contents));
      assert.equal(await sendings[0]?.ended, FILE_BYTES);
    });
  });
});
