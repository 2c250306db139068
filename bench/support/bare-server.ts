/**
 * A node:http server that answers every request with the same bytes, without looking at it: what HTTP alone costs.
 * Started as a program with status, headers and body as JSON in its only argument; prints its port.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface FixedAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

const [answerText] = process.argv.slice(2);
if (import.meta.main && answerText !== undefined) {
  // The program that starts this one writes the answer.
  const { status, headers, body } = JSON.parse(answerText) as FixedAnswer;
  const server = createServer((request, response) => {
    const answer = () => {
      response.writeHead(status, [...headers]);
      response.end(body);
    };
    // A body has to be read before the next request can come.
    request.complete ? answer() : request.resume().once("end", answer);
  });
  server.keepAliveTimeout = 65_000;
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}
