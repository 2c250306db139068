/** Programs that are not part of the project: finding them, running them, and what they need to sign. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RootCredentials } from "./server-process.ts";

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Killed after so long; 60 s unless given. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** What it reads from standard input; nothing unless given. */
  readonly input?: string | Uint8Array;
}

/** Runs `program` to its end; resolves with any exit status. */
export async function runCommand(
  program: string,
  args: readonly string[],
  { env = {}, timeoutMs = 60_000, cwd, input }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    ...(cwd === undefined ? {} : { cwd }),
  });
  child.stdin?.end(input);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return {
    code,
    stdout: Buffer.concat(stdout).toString("utf8"),
    stderr: Buffer.concat(stderr).toString("utf8"),
  };
}

/** The first of `candidates` that runs with `probe` and prints `expected`; else throws with `advice`. */
export async function findProgram(
  candidates: readonly string[],
  { probe, expected, advice }: { probe: readonly string[]; expected: RegExp; advice: string },
): Promise<string> {
  const seen: string[] = [];
  for (const candidate of candidates) {
    if (candidate.startsWith("/") && !existsSync(candidate)) {
      continue;
    }
    const result = await runCommand(candidate, probe).catch(() => undefined);
    const text = result === undefined ? "" : `${result.stdout}${result.stderr}`;
    if (result?.code === 0 && expected.test(text)) {
      return candidate;
    }
    seen.push(`${candidate}: ${text.trim().split("\n").at(-1) || "not found"}`);
  }
  throw new Error(`${advice} (tried ${seen.join("; ") || candidates.join(", ")})`);
}

/** The environment in which AWS clients use `credentials` and nothing of this machine's settings. */
export function awsEnvironment(
  credentials: RootCredentials,
  region = "us-east-1",
): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_MAX_ATTEMPTS: "2",
    AWS_PAGER: "",
  };
}

/** A folder below the system's temporary one. */
export async function makeFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "moraine-acceptance-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
