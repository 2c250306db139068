/**
 * An answer told event by event, as a line of JSON each (`application/x-ndjson`), for what takes hours: the status
 * is sent before the work, so the last line says how it ended.
 */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { formatJson, type JsonValue } from "../std/json.ts";
import type { LongRun } from "./operator-services.ts";

/** A silent connection is taken for dead by proxies, and by our own client. */
export const ALIVE_EVERY_MS = 10_000;

export interface EventStreamOptions {
  readonly requestId: string;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
  /** Event members for what was thrown. */
  readonly describeFailure: (error: unknown) => object;
}

/**
 * Sends the head, does `work` and tells its events, then `Finished` with its result or `Failed`. Work ends when
 * the other end goes away. Resolves with `true` when it finished. Never rejects.
 */
export async function streamEvents(
  response: ServerResponse,
  work: LongRun,
  options: EventStreamOptions,
): Promise<boolean> {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("the client went away")));
  response.on("error", () => gone.abort(new Error("the client went away")));
  const signal = AbortSignal.any([gone.signal, options.stopping]);
  response.writeHead(200, {
    "content-type": "application/x-ndjson",
    "cache-control": "no-store",
    "x-amzn-requestid": options.requestId,
    // Nothing is asked on the connection after so long a time.
    connection: "close",
  });
  const write = (event: object): boolean =>
    // Events hold what JSON can hold, by their makers.
    response.write(`${formatJson(event as JsonValue)}\n`);
  const alive = setInterval(() => write({ Event: "Alive" }), ALIVE_EVERY_MS);
  try {
    const tell = async (event: object): Promise<void> => {
      signal.throwIfAborted();
      if (!write(event)) {
        await once(response, "drain", { signal });
      }
    };
    write({ Event: "Started" });
    const result = await work.run(tell, signal);
    write({ Event: "Finished", ...result });
    return true;
  } catch (error) {
    write({ Event: "Failed", ...options.describeFailure(error) });
    return false;
  } finally {
    clearInterval(alive);
    response.end();
  }
}
