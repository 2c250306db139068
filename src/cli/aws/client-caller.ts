/** The service behind `moraine glacier`: the client of this package. */
import { setTimeout as pause } from "node:timers/promises";
import type { CallInput } from "../../client/call-types.ts";
import { createGlacierClient, type GlacierClient, type TrafficEvent } from "../../client/client.ts";
import {
  ClientConfigError,
  ClientInputError,
  GlacierServiceError,
  noCredentials,
  noRegion,
  SourceChangedError,
  TransportError,
} from "../../client/errors.ts";
import { hashBytes, hashFile } from "../../client/hash-source.ts";
import { resolveClientOptions } from "../../client/resolve-client.ts";
import { awaitVault, WaiterError } from "../../client/waiters.ts";
import { type OperationName, takes } from "../../protocol/operations.ts";
import { CommandFailure, serviceFailure } from "./errors-and-exit-codes.ts";
import type { GlobalOptions } from "./global-options.ts";
import { BodyFile } from "./param-value.ts";
import type { Parameters } from "./parse-arguments.ts";
import type { ServiceCaller } from "./run-invocation.ts";

export interface CallerSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the command is interrupted. */
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Takes the lines of `--debug`. */
  readonly debug: (line: string) => void;
}

/** The AWS CLI's own, of its standard retry mode. */
const DEFAULT_MAX_ATTEMPTS = 3;

/** A caller that connects when it is first asked, and a way to close it. */
export function createClientCaller(
  options: GlobalOptions,
  surroundings: CallerSurroundings,
): ServiceCaller & { close(): void } {
  let opening: Promise<GlacierClient> | undefined;
  let opened: GlacierClient | undefined;
  const connect = async () => {
    opening ??= openClient(options, surroundings);
    opened = await opening;
    return opened;
  };
  const { signal } = surroundings;
  return {
    call: async (operation, parameters) =>
      await translating(operation, surroundings, async () => {
        const client = await connect();
        const input = await prepareInput(operation, parameters, options);
        const { output } = await client.call(operation, input, { signal });
        return output;
      }),
    wait: async (waiter, parameters) =>
      await translating("DescribeVault", surroundings, async () => {
        const client = await connect();
        const sleep = async (durationMs: number) => {
          await pause(durationMs, undefined, { signal });
        };
        // The parameters were checked against the operation's input.
        const vault = parameters as CallInput<"DescribeVault">;
        await awaitVault(client.call, waiter, vault, { sleep, signal });
      }),
    close: () => opened?.close(),
  };
}

async function openClient(
  options: GlobalOptions,
  { env, userAgent, debug }: CallerSurroundings,
): Promise<GlacierClient> {
  const resolved = await resolveClientOptions(
    {
      endpointUrl: options.endpointUrl,
      region: options.region,
      profile: options.profile,
      unsigned: !options.signRequest,
      caBundle: options.caBundle,
    },
    { env },
  );
  return createGlacierClient({
    ...resolved,
    connectTimeoutMs: options.connectTimeoutMs ?? 0,
    readTimeoutMs: options.readTimeoutMs ?? 0,
    verifyTls: options.verifySsl,
    maxAttempts: maxAttempts(env),
    userAgent,
    ...(options.debug ? { onTraffic: (event) => debug(formatTraffic(event)) } : {}),
  });
}

function maxAttempts(env: CallerSurroundings["env"]): number {
  const given = Number(env["AWS_MAX_ATTEMPTS"]);
  return Number.isInteger(given) && given > 0 ? given : DEFAULT_MAX_ATTEMPTS;
}

function formatTraffic(event: TrafficEvent): string {
  return `${new Date().toISOString()} ${JSON.stringify(event)}\n`;
}

/** The parameters with the body as a source. The validated rest is what the operation's input holds. */
async function prepareInput<N extends OperationName>(
  operation: N,
  parameters: Parameters,
  options: GlobalOptions,
): Promise<CallInput<N>> {
  if (!takes(operation, "stream")) {
    return parameters as CallInput<N>;
  }
  const body = await hashBody(parameters["body"], options);
  return { ...parameters, body } as unknown as CallInput<N>;
}

/** A body from `--body`, or as text from `--cli-input-…`; empty when there is none. */
async function hashBody(body: unknown, { binaryFormat }: GlobalOptions) {
  if (body instanceof BodyFile) {
    return await hashFile(body.path);
  }
  if (body instanceof Uint8Array) {
    return hashBytes(body);
  }
  const text = typeof body === "string" ? body : "";
  return hashBytes(Buffer.from(text, binaryFormat === "base64" ? "base64" : "utf8"));
}

async function translating<T>(
  operation: OperationName,
  { signal, env }: CallerSurroundings,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) {
      throw new CommandFailure("interrupted", "", { cause: error });
    }
    throw translate(error, operation, maxAttempts(env));
  }
}

/** The mistakes of configuration that the AWS CLI has an exit status for. */
const MISSING_SETTINGS: readonly Error[] = [noCredentials(), noRegion()];

/** What the client throws, as the command line's failures; anything else stays what it is. */
function translate(error: unknown, operation: OperationName, limit: number): unknown {
  if (error instanceof GlacierServiceError) {
    const { code, message, attempts } = error;
    const retries = attempts >= limit ? { retries: attempts - 1 } : {};
    return serviceFailure({ code, operation, message, ...retries });
  }
  if (error instanceof ClientConfigError) {
    const isKnownKind = MISSING_SETTINGS.some(({ message }) => message === error.message);
    const kind = isKnownKind ? "configuration" : "general";
    return new CommandFailure(kind, error.message, { cause: error });
  }
  if (error instanceof ClientInputError) {
    const message = `Parameter validation failed:\n${error.message}`;
    return new CommandFailure("parameter", message, { cause: error });
  }
  if (error instanceof WaiterError) {
    return new CommandFailure("general", explainWaiter(error.message), { cause: error });
  }
  if (error instanceof TransportError || error instanceof SourceChangedError) {
    return new CommandFailure("general", error.message, { cause: error });
  }
  return error;
}

/** What the answers to a waiter were that gave up; each has but one that makes it ask again. */
function explainWaiter(message: string): string {
  if (!message.endsWith("Max attempts exceeded")) {
    return message;
  }
  const seen = message.includes("VaultNotExists")
    ? "Matched expected HTTP status code: 200"
    : "Matched expected service error code: ResourceNotFoundException";
  return `${message}. Previously accepted state: ${seen}`;
}
