/** Sends the body of a download: what lies in files straight from there where that can be done, the rest by copying. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FileSender, FileSending } from "../ports/file-sender.ts";
import type { ResponseBody } from "../protocol/fields.ts";
import { assert } from "../std/assert.ts";
import type { FileRange } from "../std/file-range.ts";
import { ClientGone } from "./request-body.ts";

/** How often it is asked what a connection has taken, so that one that takes something is not idle. */
const PROGRESS_CHECK_MAX_MS = 1_000;

/**
 * Resolves when the last byte was handed to the connection. Throws `ClientGone` when it closes before, and what
 * reading throws; the answer is half sent then.
 */
export async function sendBody(
  response: ServerResponse,
  body: ResponseBody,
  fileSender: FileSender | undefined,
): Promise<void> {
  const canSendFiles = fileSender !== undefined && isPlain(response.req.socket);
  const sentBytes =
    canSendFiles && body.pieces !== undefined
      ? await sendPieces(response, body.pieces(), fileSender)
      : await writeChunks(response, body.bytes);
  assert(sentBytes === body.sizeBytes, `sent ${sentBytes} of ${body.sizeBytes} bytes`);
  response.end();
}

async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<Uint8Array | FileRange>,
  fileSender: FileSender,
): Promise<number> {
  const writer = new ChunkWriter(response);
  let filesBytes = 0;
  for await (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      await writer.write(piece);
      continue;
    }
    await writer.flush();
    const sentBytes = await sendFile(response, piece, fileSender);
    filesBytes += sentBytes;
    if (response.destroyed) {
      throw clientGone();
    }
    // Whatever else ended it early, reading and writing say it in words, or do what could not be done so.
    if (sentBytes < piece.endExclusive - piece.start) {
      filesBytes += await writeChunks(response, piece.readFrom(piece.start + sentBytes));
    }
  }
  await writer.end();
  return writer.sentBytes + filesBytes;
}

async function writeChunks(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number> {
  const writer = new ChunkWriter(response);
  for await (const chunk of chunks) {
    await writer.write(chunk);
  }
  await writer.end();
  return writer.sentBytes;
}

/**
 * Writes with back-pressure. Sources reuse two buffers (see `BlobStore.read`): a chunk must be out of our hands
 * before the second one after it is asked for, so at most one write is under way while the next chunk is read.
 */
class ChunkWriter {
  readonly #response: ServerResponse;
  #underWay: Promise<void> = Promise.resolve();
  sentBytes = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Resolves when the chunk before this one is out of our hands. */
  async write(chunk: Uint8Array): Promise<void> {
    await this.#underWay;
    if (chunk.length === 0) {
      return;
    }
    this.sentBytes += chunk.length;
    this.#underWay = write(this.#response, chunk);
    // Its outcome is awaited later; this keeps an early failure from being unhandled meanwhile.
    this.#underWay.catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.#underWay;
  }

  /** Resolves when the head and everything that was written is in the hands of the connection. */
  async flush(): Promise<void> {
    await this.#underWay;
    await write(this.#response, "");
  }
}

/** Nothing but the head, when it has not left yet, goes out with an empty text. */
function write(response: ServerResponse, chunk: Uint8Array | ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(clientGone());
    if (response.destroyed) {
      lost();
      return;
    }
    response.once("close", lost);
    response.write(chunk, (error) => {
      response.off("close", lost);
      error ? lost() : resolve();
    });
  });
}

function clientGone(): ClientGone {
  return new ClientGone("the connection closed during the response");
}

/** How many bytes of the file the connection took; everything written before must be in its hands. */
async function sendFile(
  response: ServerResponse,
  file: FileRange,
  fileSender: FileSender,
): Promise<number> {
  const { socket } = response;
  const sending = socket === null ? undefined : startSending(socket, file, fileSender);
  if (socket === null || sending === undefined) {
    return 0;
  }
  const cancel = () => sending.cancel();
  const checkMs = Math.min(PROGRESS_CHECK_MAX_MS, (socket.timeout || Number.POSITIVE_INFINITY) / 4);
  const progress = setInterval(noteProgress(socket, sending), checkMs);
  response.once("close", cancel);
  try {
    return await sending.ended;
  } finally {
    clearInterval(progress);
    response.off("close", cancel);
  }
}

/** `undefined` where this connection or this file can't be used so. */
function startSending(
  socket: Socket,
  { descriptor, start, endExclusive }: FileRange,
  fileSender: FileSender,
): FileSending | undefined {
  const socketDescriptor = findDescriptor(socket);
  if (socketDescriptor === undefined || socket.writableLength > 0) {
    return undefined;
  }
  try {
    return fileSender.start({ socketDescriptor, fileDescriptor: descriptor, start, endExclusive });
  } catch {
    return undefined;
  }
}

/** A socket counts as idle when Node sees nothing come or go: it does not see what is sent from files. */
function noteProgress(socket: Socket, sending: FileSending): () => void {
  let before = 0;
  return () => {
    const now = sending.sentBytes();
    if (now > before) {
      before = now;
      socket.setTimeout(socket.timeout ?? 0);
    }
  };
}

/** Whether bytes go out over the connection as they are. */
function isPlain(socket: Socket): boolean {
  return !("encrypted" in socket) && findDescriptor(socket) !== undefined;
}

/** Node does not publish it, but has had it in this place for as long as there were sockets. */
function findDescriptor(socket: Socket): number | undefined {
  const { fd }: { readonly fd?: unknown } = Object(Reflect.get(socket, "_handle"));
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}
