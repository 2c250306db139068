/** A client of downloads that is as slow, or as silent, as a test wants it. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A client that writes what it is told and hands over what comes. */
export async function openClient(
  port: number,
  text: string,
  allowHalfOpen = false,
): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

/** The request that any of these servers answers with its file. */
export const GET = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";

/** The bodies of `count` answers of the same length that come one after another on `socket`. */
export async function readAnswers(
  socket: Socket,
  count: number,
  pause: () => Promise<void> = async () => undefined,
): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  let [receivedBytes, answerBytes, headBytes] = [0, Number.POSITIVE_INFINITY, 0];
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    receivedBytes += chunk.length;
    if (headBytes === 0) {
      const head = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n", 1)[0] ?? "";
      headBytes = head.length + 4;
      answerBytes = headBytes + Number(/content-length: (\d+)/i.exec(head)?.[1]);
    }
    if (receivedBytes >= count * answerBytes) {
      break;
    }
    await pause();
  }
  const all = Buffer.concat(chunks);
  return Array.from({ length: Math.floor(all.length / answerBytes) }, (_, index) =>
    all.subarray(index * answerBytes + headBytes, (index + 1) * answerBytes),
  );
}
