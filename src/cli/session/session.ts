/** What an everyday verb works with: the service, the settings, and somebody to report to. */
import { setTimeout as pause } from "node:timers/promises";
import { createGlacierClient, type GlacierClient } from "../../client/client.ts";
import type { Environment } from "../../client/config-files.ts";
import { noCredentials } from "../../client/errors.ts";
import type { CredentialsProvider } from "../../client/resolve-credentials.ts";
import { createReporter, type Reporter } from "../report/reporter.ts";
import type { Terminal } from "../terminal.ts";
import type { GlobalFlags } from "./global-flags.ts";
import { Interruption } from "./verb-failure.ts";
import { type ResolvedSettings, resolveSettings, type VerbSettings } from "./verb-settings.ts";

/** The parts of the surroundings that a test stands in for. */
export interface SessionSurroundings {
  readonly env: Environment;
  readonly homeDir: string;
  readonly nowMs: () => number;
  /** Rejects with the signal's reason when it is aborted. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** Opens standard input; called only when it is to be read. */
  readonly openStdin: () => AsyncIterable<Uint8Array>;
  /** For the one request that is not an operation: what `doctor` learns the service's time from. */
  readonly fetch: typeof globalThis.fetch;
  readonly userAgent: string;
}

export interface Session {
  /** Calls an operation, again after transient failures; ends with the session. */
  readonly call: GlacierClient["call"];
  /** Whose requests these are. Throws `ClientConfigError`. */
  readonly credentials: CredentialsProvider;
  /** What calls take as `accountId`: 12 digits or `-`. */
  readonly accountId: string;
  readonly settings: VerbSettings;
  readonly flags: GlobalFlags;
  readonly reporter: Reporter;
  readonly terminal: Terminal;
  /** Aborted with an `Interruption` by SIGINT and SIGTERM. A second one ends the process at once. */
  readonly signal: AbortSignal;
  readonly surroundings: SessionSurroundings;
}

/**
 * Runs `use` with a session and ends it: connections are closed, and progress is wiped away. Throws
 * `ClientConfigError` and what `use` throws; when a signal came meanwhile, its `Interruption`.
 */
export async function withSession<Result>(
  flags: GlobalFlags,
  terminal: Terminal,
  surroundings: SessionSurroundings,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { env, homeDir, nowMs } = surroundings;
  const resolved = await resolveSettings({ flags, env, homeDir });
  const interruption = new AbortController();
  const stopListening = abortOnSignals(interruption);
  const reporter = createReporter({ flags, terminal, env, nowMs });
  const client = openClient(resolved, { flags, terminal, surroundings });
  const { signal } = interruption;
  try {
    return await use({
      call: (name, input, options) => client.call(name, input, { signal, ...options }),
      credentials: resolved.clientOptions.credentials ?? rejectWithout,
      accountId: resolved.settings.accountId.value,
      settings: resolved.settings,
      flags,
      reporter,
      terminal,
      signal,
      surroundings,
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    reporter.close();
    client.close();
    stopListening();
  }
}

async function rejectWithout(): Promise<never> {
  throw noCredentials();
}

/** The surroundings of this process. */
export function processSurroundings(options: {
  readonly homeDir: string;
  readonly version: string;
}): SessionSurroundings {
  return {
    env: process.env,
    homeDir: options.homeDir,
    nowMs: Date.now,
    sleep: async (durationMs, signal) => {
      await pause(durationMs, undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    },
    openStdin: () => process.stdin,
    fetch: globalThis.fetch,
    userAgent: `moraine/${options.version}`,
  };
}

function openClient(
  { clientOptions, settings }: ResolvedSettings,
  context: {
    readonly flags: GlobalFlags;
    readonly terminal: Terminal;
    readonly surroundings: SessionSurroundings;
  },
): GlacierClient {
  const { flags, terminal, surroundings } = context;
  const { nowMs, userAgent } = surroundings;
  const debug = (line: object) =>
    terminal.stderr(`${new Date(nowMs()).toISOString()} ${JSON.stringify(line)}\n`);
  return createGlacierClient({
    ...clientOptions,
    endpoint: settings.endpoint.value,
    verifyTls: flags.verifySsl,
    userAgent,
    surroundings: { nowMs },
    ...(flags.debug ? { onTraffic: debug } : {}),
  });
}

function abortOnSignals(interruption: AbortController): () => void {
  const listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const listener = () => interruption.abort(new Interruption(name));
    process.once(name, listener);
    return { name, listener };
  });
  return () => {
    for (const { name, listener } of listeners) {
      process.removeListener(name, listener);
    }
  };
}
