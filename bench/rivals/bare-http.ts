/** A bare node:http server that answers every request with the same bytes, which it was given. */
import { get } from "node:http";
import type { Target } from "../service/server-under-test.ts";
import { startScript } from "./rival-process.ts";

/** An answer to repeat. */
export interface RecordedAnswer {
  readonly status: number;
  /** Name, value, name, value… without those that node:http adds by itself. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Asks 127.0.0.1:`port` once, with a head that was signed for it, and keeps the answer. */
export async function recordAnswer(port: number, head: Buffer): Promise<RecordedAnswer> {
  const [line = "", ...headerLines] = head.toString("latin1").trimEnd().split("\r\n");
  const headers = headerLines.flatMap((text) => {
    const colon = text.indexOf(": ");
    return [text.slice(0, colon), text.slice(colon + 2)];
  });
  const { promise, resolve, reject } = Promise.withResolvers<RecordedAnswer>();
  const path = line.split(" ")[1] ?? "/";
  const sent = get({ host: "127.0.0.1", port, path, headers }, async (response) => {
    const pieces: Buffer[] = await response.toArray();
    resolve({
      status: Number(response.statusCode),
      headers: dropAutomatic(response.rawHeaders),
      body: Buffer.concat(pieces).toString("utf8"),
    });
  });
  sent.on("error", reject);
  return await promise;
}

function dropAutomatic(raw: readonly string[]): string[] {
  const automatic = /^(?:date|connection|keep-alive)$/i;
  return raw.filter((_, index) => !automatic.test(raw[index - (index % 2)] ?? ""));
}

/** Starts the server. */
export function startBareHttp(answer: RecordedAnswer): Promise<Target> {
  const script = new URL("./bare-http-program.ts", import.meta.url);
  return startScript("bare node:http", script, [JSON.stringify(answer)]);
}
