/** Tries the service with one signed request, and notes what a person would look at when it fails. */
import { GlacierServiceError } from "../../../client/errors.ts";
import type { Session } from "../../session/session.ts";

export interface Probe {
  /** Absent when no credentials are found. */
  readonly accessKeyId: string | undefined;
  readonly credentialsFailure: string | undefined;
  /** Whether anything answered at the endpoint. */
  readonly isReached: boolean;
  /** Our clock less the service's, to a second; `undefined` when nothing told it. */
  readonly skewMs: number | undefined;
  readonly tookMs: number;
  /** What the request ended with, unless it succeeded. */
  readonly failure: unknown;
}

/** Never throws for a service that does not answer or refuses: that is what the probe tells. */
export async function probeService(session: Session): Promise<Probe> {
  const { call, accountId, surroundings } = session;
  const { nowMs } = surroundings;
  const found = await findCredentials(session);
  const skewMs = await findSkew(session);
  const startedAtMs = nowMs();
  const base = { ...found, skewMs };
  try {
    await call("ListVaults", { accountId, limit: "1" });
    return { ...base, isReached: true, tookMs: nowMs() - startedAtMs, failure: undefined };
  } catch (error) {
    const isReached = error instanceof GlacierServiceError || skewMs !== undefined;
    return { ...base, isReached, tookMs: nowMs() - startedAtMs, failure: error };
  }
}

async function findCredentials({ credentials }: Session) {
  try {
    const { accessKeyId } = await credentials();
    return { accessKeyId, credentialsFailure: undefined };
  } catch (error) {
    const credentialsFailure = error instanceof Error ? error.message : String(error);
    return { accessKeyId: undefined, credentialsFailure };
  }
}

/** Every answer has a `Date`, also the refusal of an unsigned request. */
async function findSkew({ settings, surroundings }: Session): Promise<number | undefined> {
  try {
    const answer = await surroundings.fetch(settings.endpoint.value, { method: "GET" });
    await answer.body?.cancel();
    const date = Date.parse(answer.headers.get("date") ?? "");
    return Number.isNaN(date) ? undefined : surroundings.nowMs() - date;
  } catch {
    return undefined;
  }
}
