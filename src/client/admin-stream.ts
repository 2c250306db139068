/** Answers of the operations API that are told event by event: a line of JSON each, for hours if need be. */
import { type JsonValue, parseJson } from "../std/json.ts";
import { AdminRefusal, AdminUnreachable } from "./admin-errors.ts";
import { boundedWait } from "./bounded-wait.ts";

/** Something that happened; the members depend on it. */
export interface AdminEvent {
  readonly Event: string;
  readonly [member: string]: JsonValue | undefined;
}

/** The service says every 10 s that it is alive. */
const SILENCE_MAX_MS = 60_000;
/** Findings of one archive are bounded by the service; this is far more. */
const LINE_MAX_CHARACTERS = 1024 * 1024;

/**
 * Hands every event but the last to `onEvent`, which is waited for; resolves with the last one, `Finished`. Throws
 * `AdminRefusal` for `Failed`, and `AdminUnreachable` when the answer breaks off.
 */
export async function readEvents(
  response: Response,
  onEvent: (event: AdminEvent) => void | Promise<void>,
): Promise<AdminEvent> {
  for await (const line of readLines(response)) {
    const event = parseEvent(line);
    switch (event.Event) {
      case "Finished":
        return event;
      case "Failed":
        throw describeFailure(event);
      case "Alive":
        break;
      default:
        await onEvent(event);
    }
  }
  throw new AdminUnreachable("the answer broke off before the work was done");
}

async function* readLines(response: Response): AsyncGenerator<string, void, void> {
  const { body } = response;
  if (body === null) {
    return;
  }
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const silence = new AdminUnreachable(`the service was silent for ${SILENCE_MAX_MS / 1000} s`);
      const { done, value } = await boundedWait(reader.read(), SILENCE_MAX_MS, () => silence);
      if (done) {
        return;
      }
      const lines = `${rest}${value}`.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (rest.length > LINE_MAX_CHARACTERS) {
        throw new AdminUnreachable("the answer is not of the operations API: a line without end");
      }
    }
  } catch (cause) {
    if (cause instanceof AdminUnreachable) {
      throw cause;
    }
    throw new AdminUnreachable(`the connection broke: ${(cause as Error).message}`, { cause });
  } finally {
    // Also ends the work at the other end when nobody wants to hear more.
    reader.cancel().catch(() => undefined);
  }
}

function parseEvent(line: string): AdminEvent {
  try {
    const value = parseJson(line);
    if (typeof value === "object" && value !== null && "Event" in value) {
      // The shapes of events are those of the operations API, version 1.
      return value as AdminEvent;
    }
  } catch {
    // Told below.
  }
  throw new AdminUnreachable("the answer is not of the operations API");
}

function describeFailure({ code, message }: AdminEvent): Error {
  const shown = typeof code === "string" ? code : "Unknown";
  const text = typeof message === "string" ? message : "";
  return new AdminRefusal(shown === "ServiceUnavailableException" ? 503 : 400, shown, text);
}
