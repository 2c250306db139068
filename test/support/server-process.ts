/** Starts `moraine serve` as a process of its own, the way an operator does, and always ends it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const repository = resolve(import.meta.dirname, "../..");
const START_BOUND_MS = 30_000;
const STOP_BOUND_MS = 20_000;

/** The root identity that servers are started with unless their environment says otherwise. */
export const rootCredentials = {
  accessKeyId: "AKIDMORAINETESTROOT1",
  secretAccessKey: "moraineTestSecret/moraineTestSecret/0001",
  accountId: "111122223333",
} as const;

export interface RootCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
}

export interface ServerOptions {
  /** Flags of `moraine serve`, for instance `["--tier-delays", "Standard=3s"]`; they win. */
  readonly flags?: readonly string[];
  /** Kept after the end; without it a temporary folder is made and removed. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Leaves the root identity to the server, which makes one the first time. */
  readonly generateRoot?: boolean;
  /** A checkout of another version, whose program runs instead of this one's. */
  readonly checkout?: string;
  /** A program that starts node with its arguments, such as `faketime`, and arguments of its own. */
  readonly wrapper?: readonly string[];
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  /** `http://127.0.0.1:<port>` or `https://…`, without a slash at the end. */
  readonly apiUrl: string;
  readonly consoleUrl: string;
  readonly dataDir: string;
  readonly credentials: RootCredentials;
  readonly pid: number;
  /** Sends SIGTERM (or `signal`), waits for the end and removes a temporary data folder. */
  stop(signal?: NodeJS.Signals): Promise<ProcessEnd>;
  /** Ends the process as a crash would, and waits until it is gone; the data folder stays. */
  kill9(): Promise<void>;
  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<ProcessEnd>;
  /** What it wrote so far, standard output before standard error. */
  logs(): string;
}

/** What must go when the test process goes, whatever ends it. */
const running = new Map<ChildProcess, string | undefined>();

process.on("exit", () => {
  for (const [child, temporaryFolder] of running) {
    child.kill("SIGKILL");
    if (temporaryFolder !== undefined) {
      rmSync(temporaryFolder, { recursive: true, force: true });
    }
  }
});
for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const) {
  process.once(signal, () => process.exit(128 + number));
}

/**
 * Starts a server on free ports of 127.0.0.1 and resolves when it answers that it is ready. Rejects with
 * everything it wrote when it ends before that or takes longer than 30 s.
 */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const temporaryFolder =
    options.dataDir === undefined ? await mkdtemp(join(tmpdir(), "moraine-test-")) : undefined;
  const dataDir = options.dataDir ?? String(temporaryFolder);
  const launched = launch({ ...options, dataDir });
  const { child, ended, logs } = launched;
  running.set(child, temporaryFolder);
  const release = async (): Promise<void> => {
    running.delete(child);
    if (temporaryFolder !== undefined) {
      await rm(temporaryFolder, { recursive: true, force: true });
    }
  };
  const endWith = async (signal: NodeJS.Signals): Promise<ProcessEnd> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_BOUND_MS);
    const end = await ended;
    clearTimeout(timer);
    return end;
  };
  try {
    const urls = await awaitReady(launched);
    return {
      ...urls,
      dataDir,
      credentials: await credentialsOf(options, dataDir),
      pid: Number(child.pid),
      ended,
      logs,
      signal: (signal) => void child.kill(signal),
      stop: async (signal = "SIGTERM") => {
        const end = await endWith(signal);
        await release();
        return end;
      },
      kill9: async () => {
        await endWith("SIGKILL");
        running.delete(child);
      },
    };
  } catch (error) {
    await endWith("SIGKILL");
    await release();
    throw error;
  }
}

/** Runs `moraine serve` with arguments that should make it end by itself, within 15 s. */
export async function runServe(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessEnd & { readonly stdout: string; readonly stderr: string }> {
  const child = spawnMoraine(["serve", ...flags], env);
  running.set(child, undefined);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  running.delete(child);
  return { code, signal, stdout: stdout(), stderr: stderr() };
}

/** Starts a server on `dataDir` and ends it as a crash would after `afterMs`, ready or not. */
export async function crashServer(
  options: ServerOptions & { readonly dataDir: string },
  afterMs: number,
): Promise<void> {
  const { child, ended } = launch(options);
  running.set(child, undefined);
  await sleep(afterMs);
  child.kill("SIGKILL");
  await ended;
  running.delete(child);
}

interface Launched {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  readonly stdout: () => string;
  readonly logs: () => string;
}

function launch(options: ServerOptions & { readonly dataDir: string }): Launched {
  const args = ["--data-dir", options.dataDir, ...withDefaults(options.flags ?? [])];
  const root = {
    MORAINE_ROOT_ACCESS_KEY_ID: rootCredentials.accessKeyId,
    MORAINE_ROOT_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    MORAINE_ROOT_ACCOUNT_ID: rootCredentials.accountId,
  };
  const env = { ...(options.generateRoot ? {} : root), ...options.env };
  const child = spawnMoraine(["serve", ...args], env, options);
  const ended = new Promise<ProcessEnd>((resolveEnd) => {
    child.once("close", (code, signal) => resolveEnd({ code, signal }));
    child.once("error", () => resolveEnd({ code: -1, signal: null }));
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  return { child, ended, stdout, logs: () => `${stdout()}${stderr()}` };
}

function spawnMoraine(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { checkout = repository, wrapper = [] }: Pick<ServerOptions, "checkout" | "wrapper"> = {},
) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("MORAINE_") && !name.startsWith("NODE_TEST"),
  );
  const node = [process.execPath, join(checkout, "bin/moraine.mjs"), ...args];
  const [program = process.execPath, ...words] = [...wrapper, ...node];
  return spawn(program, words, {
    cwd: checkout,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function withDefaults(flags: readonly string[]): readonly string[] {
  const defaults = [
    ["--listen", "127.0.0.1:0"],
    ["--console-listen", "127.0.0.1:0"],
  ] as const;
  const given = (name: string) =>
    flags.some((flag) => flag === name || flag.startsWith(`${name}=`));
  return [...defaults.filter(([name]) => !given(name)).flat(), ...flags];
}

async function credentialsOf(
  { env = {}, generateRoot = false }: ServerOptions,
  dataDir: string,
): Promise<RootCredentials> {
  if (generateRoot) {
    return JSON.parse(await readFile(join(dataDir, "root-credentials.json"), "utf8"));
  }
  return {
    accessKeyId: env["MORAINE_ROOT_ACCESS_KEY_ID"] ?? rootCredentials.accessKeyId,
    secretAccessKey: env["MORAINE_ROOT_SECRET_ACCESS_KEY"] ?? rootCredentials.secretAccessKey,
    accountId: env["MORAINE_ROOT_ACCOUNT_ID"] ?? rootCredentials.accountId,
  };
}

async function awaitReady({ ended, stdout, logs }: Launched) {
  const deadline = performance.now() + START_BOUND_MS;
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (performance.now() < deadline && !over) {
    const apiUrl = /^ *API +(https?:\/\/\S+)/m.exec(stdout())?.[1];
    const consoleUrl = /^ *Console +(https?:\/\/\S+|off)/m.exec(stdout())?.[1];
    if (apiUrl !== undefined && consoleUrl !== undefined) {
      if (consoleUrl === "off" || (await isReady(consoleUrl))) {
        return { apiUrl, consoleUrl };
      }
    }
    await sleep(20);
  }
  throw new Error(`the server ${over ? "ended" : "was not ready within 30 s"}:\n${logs()}`);
}

/** Whoever answers at the address is our own child: its certificate need not convince us. */
function isReady(consoleUrl: string): Promise<boolean> {
  const url = `${consoleUrl}/health/ready`;
  return new Promise((resolveReady) => {
    const heard = (response: IncomingMessage) => {
      response.resume();
      response.once("close", () => resolveReady(response.statusCode === 200));
    };
    const options = { agent: false } as const;
    const request = url.startsWith("https:")
      ? httpsRequest(url, { ...options, rejectUnauthorized: false }, heard)
      : httpRequest(url, options, heard);
    request.once("error", () => resolveReady(false));
    request.end();
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}
