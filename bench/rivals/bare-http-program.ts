/** The program of `bare-http.ts`; its one argument is the answer as JSON. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RecordedAnswer } from "./bare-http.ts";

const answer = JSON.parse(process.argv[2] ?? "") as RecordedAnswer;
const headers = [...answer.headers];

const server = createServer((_request, response) => {
  response.writeHead(answer.status, headers);
  response.end(answer.body);
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
