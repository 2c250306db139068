/**
 * The load generator for machines without a C compiler: as `load.c`, but it takes a good part of a processor itself,
 * which rates and latencies then show.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { type PlannedRequest, parsePlan } from "./plan.ts";

const [port, connections, planFile = "", bodyFile = ""] = process.argv.slice(2);
const SLICE_BYTES = 256 * 1024;
const requests = parsePlan(readFileSync(planFile));
const body = readFileSync(bodyFile);
const lines: string[] = [];
let next = 0;

const sockets = await Promise.all(Array.from({ length: Number(connections) }, openSocket));
const startedAtMs = performance.now();
await Promise.all(sockets.map(work));
const seconds = (performance.now() - startedAtMs) / 1000;
const { user, system } = process.cpuUsage();
process.stdout.write(`${lines.join("\n")}\ntotal ${seconds} ${(user + system) / 1e6}\n`);

async function openSocket(): Promise<Socket> {
  const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

async function work(first: Socket): Promise<void> {
  let socket = first;
  for (let index = next++; index < requests.length; index = next++) {
    const request = requests[index];
    if (request === undefined) {
      break;
    }
    const askedAtMs = performance.now();
    const answered = readAnswer(socket, request.status);
    await Promise.race([sendRequest(socket, request), answered]);
    const { receivedBytes, archiveId, closes } = await answered;
    lines[index] = `${(performance.now() - askedAtMs) * 1000} ${receivedBytes} ${archiveId}`;
    if (closes && next < requests.length) {
      socket = await openSocket();
    }
  }
  socket.destroy();
}

async function sendRequest(socket: Socket, request: PlannedRequest): Promise<void> {
  socket.write(request.head);
  let offset = request.bodyOffset ?? 0;
  for (let left = request.bodyBytes; left > 0; ) {
    const slice = body.subarray(offset, offset + Math.min(left, SLICE_BYTES));
    if (!socket.write(slice)) {
      await once(socket, "drain");
    }
    left -= slice.length;
    offset = (offset + slice.length) % body.length;
  }
}

interface Answer {
  readonly receivedBytes: number;
  readonly archiveId: string;
  readonly closes: boolean;
}

/** Counts the body; rejects when the status is another, or the connection ends before the answer does. */
async function readAnswer(socket: Socket, status: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let head = "";
  let parsed: ReturnType<typeof parseHead>;
  let receivedBytes = 0;
  const onData = (chunk: Buffer) => {
    if (parsed === undefined) {
      head += chunk.toString("latin1");
      parsed = parseHead(head);
      receivedBytes = head.length - (parsed?.bytes ?? head.length);
    } else {
      receivedBytes += chunk.length;
    }
    if (parsed?.isChunked) {
      reject(new Error("an answer in chunks, which this program doesn't read"));
    } else if (parsed !== undefined && parsed.status !== status) {
      reject(new Error(`status ${parsed.status} where ${status} was expected: ${head}`));
    } else if (parsed !== undefined && receivedBytes >= parsed.bodyBytes) {
      resolve({ receivedBytes, archiveId: parsed.archiveId, closes: parsed.closes });
    }
  };
  const onClose = () => reject(new Error("the connection ended before the answer"));
  socket.on("data", onData).on("close", onClose);
  try {
    return await promise;
  } finally {
    socket.off("data", onData).off("close", onClose);
  }
}

/** `undefined` until the head is whole. */
function parseHead(text: string) {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) {
    return undefined;
  }
  const head = text.slice(0, end + 2);
  const header = (name: string) => new RegExp(`\r\n${name}: *(.*)\r\n`, "i").exec(head)?.[1];
  return {
    bytes: end + 4,
    status: Number(/^HTTP\/1\.\d (\d+)/.exec(head)?.[1]),
    bodyBytes: Number(header("content-length") ?? 0),
    archiveId: header("x-amz-archive-id") ?? "-",
    isChunked: header("transfer-encoding") !== undefined,
    closes: header("connection")?.toLowerCase() === "close",
  };
}
