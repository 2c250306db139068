/** Calls that outlive a restart of the service: a restore of days must not end with a minute's outage. */
import type { GlacierClient } from "../../../client/client.ts";
import { GlacierServiceError, TransportError } from "../../../client/errors.ts";
import type { Session } from "../../session/session.ts";

/** How long the service may be away. */
const PATIENCE_MS = 15 * 60_000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * The calls of `session`, which go on asking for a quarter of an hour while the service can't be reached or
 * answers with a 5xx. Calls that are made with `maxAttempts` are left alone: their caller decides.
 */
export function createPatientCall(session: Session): GlacierClient["call"] {
  const { call, surroundings, signal, reporter } = session;
  return async (name, input, options) => {
    const startedAtMs = surroundings.nowMs();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      try {
        return await call(name, input, { signal, ...options });
      } catch (error) {
        signal.throwIfAborted();
        const waitedMs = surroundings.nowMs() - startedAtMs;
        if (options?.maxAttempts !== undefined || !isAway(error) || waitedMs > PATIENCE_MS) {
          throw error;
        }
        if (pauseMs === FIRST_PAUSE_MS) {
          const minutes = PATIENCE_MS / 60_000;
          reporter.note(`The service is away; trying again for ${minutes} min at most.`);
        }
        await surroundings.sleep(pauseMs, signal);
      }
    }
  };
}

const AWAY = new Set(["unreachable", "connect-timeout", "read-timeout", "closed"]);

function isAway(error: unknown): boolean {
  return error instanceof TransportError
    ? AWAY.has(error.failure)
    : error instanceof GlacierServiceError && error.status >= 500;
}
