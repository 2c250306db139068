/** The program of `sink.ts`: node:http with nothing but reading and writing. Its one argument is the file to send. */
import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

const [file = ""] = process.argv.slice(2);
const fileBytes = statSync(file).size;

const server = createServer((request, response) => {
  if (request.method === "GET") {
    sendFile(request, response);
    return;
  }
  request.on("data", () => undefined);
  request.on("end", () => response.writeHead(201, { "content-length": 0 }).end());
});
server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));

function sendFile(request: IncomingMessage, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  const start = Number(range?.[1] ?? 0);
  const end = Number(range?.[2] ?? fileBytes - 1);
  response.writeHead(range === null ? 200 : 206, { "content-length": end + 1 - start });
  pipeline(createReadStream(file, { start, end }), response, () => undefined);
}
