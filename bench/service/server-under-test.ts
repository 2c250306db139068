/** The service as its own process. */
import { createGlacierClient, type GlacierClient } from "../../test/support/glacier-client.ts";
import { endProgram, readLines, startProgram } from "./child-program.ts";
import { type ProcessUsage, usageOf } from "./process-usage.ts";

export const credentials = {
  accessKeyId: "BENCHBENCHBENCHBENCH",
  secretAccessKey: "bench0123456789bench0123456789bench01234",
  accountId: "111122223333",
} as const;

/** Something that answers requests on 127.0.0.1. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly usage: ProcessUsage;
  stop(): Promise<void>;
}

export interface ServerUnderTest extends Target {
  /** For what has to be there before the clock starts. */
  readonly client: GlacierClient;
  /** From the start of the process to the line that says where it listens. */
  readonly startSeconds: number;
  /** The metrics page. */
  readMetrics(): Promise<string>;
}

export interface ServerOptions {
  /** `bin/moraine.mjs`. */
  readonly program: string;
  readonly dataDir: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the service and waits until it is ready. */
export async function startServerUnderTest(options: ServerOptions): Promise<ServerUnderTest> {
  const startedAtMs = performance.now();
  const listeners = ["--listen", "127.0.0.1:0", "--console-listen", "127.0.0.1:0"];
  const words = ["serve", "--data-dir", options.dataDir, ...listeners, "--log-level", "warn"];
  const child = startProgram(
    process.execPath,
    [options.program, ...words, ...(options.flags ?? [])],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        ...options.env,
        MORAINE_ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
        MORAINE_ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        MORAINE_ROOT_ACCOUNT_ID: credentials.accountId,
      },
    },
  );
  let apiUrl: string | undefined;
  let consoleUrl: string | undefined;
  let readyAtMs = startedAtMs;
  for await (const line of readLines(child)) {
    const [, name, url] = /^\s+(API|Console)\s+(http:\S+)/.exec(line) ?? [];
    if (name === "API") {
      apiUrl = url;
      readyAtMs = performance.now();
    } else if (name === "Console") {
      consoleUrl = url;
      break;
    }
  }
  if (apiUrl === undefined || child.pid === undefined) {
    throw new Error("the service did not start");
  }
  const client = createGlacierClient({ apiUrl, credentials, timeoutMs: 300_000 });
  return {
    name: "moraine",
    port: Number(new URL(apiUrl).port),
    client,
    startSeconds: (readyAtMs - startedAtMs) / 1000,
    usage: usageOf(child.pid),
    readMetrics: async () => await (await fetch(`${consoleUrl}/metrics`)).text(),
    stop: async () => {
      client.close();
      await endProgram(child);
    },
  };
}
