/** A vault full of archives with descriptions of many tools, its journal, and `moraine restore` as a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { formatHeader, formatRecord } from "../../src/cli/catalog/format-record.ts";
import { decodeDescription } from "../../src/domain/descriptions/decode-description.ts";
import { createGlacierClient, type GlacierClient } from "./glacier-client.ts";
import { makePayload, type Payload, sha256Of } from "./payload.ts";
import type { ServerProcess } from "./server-process.ts";

const repository = resolve(import.meta.dirname, "../..");

export interface StoredFile {
  readonly archiveId: string;
  readonly name: string;
  readonly description: string;
  readonly modifiedAtMs: number | undefined;
  readonly content: Payload;
}

export interface RestoreWorld {
  /** Below it everything lies: `out`, and beside it what nobody may touch. */
  readonly folder: string;
  readonly out: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts `moraine` with `words`. */
  start(words: readonly string[]): RunningCli;
  run(words: readonly string[]): Promise<CliEnd>;
  remove(): Promise<void>;
}

export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliEnd>;
  /** What it wrote to standard error so far. */
  stderr(): string;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) {
    child.kill("SIGKILL");
  }
});

/** Uploads an archive for each description, eight at once. */
export async function storeFiles(
  client: GlacierClient,
  vault: string,
  files: readonly { readonly description: string; readonly content: Payload }[],
): Promise<StoredFile[]> {
  const stored: StoredFile[] = [];
  const queue = [...files.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, { description, content }] = next;
      const archiveId = await client.uploadArchive(vault, content, description);
      const { name, modifiedAtMs } = decodeDescription(description, archiveId);
      stored[index] = { archiveId, name, description, modifiedAtMs, content };
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return stored;
}

/** Makes the folders of a test and the journal of `vault`, as uploads would have left it. */
export async function createRestoreWorld(
  server: ServerProcess,
  vault: string,
  files: readonly StoredFile[],
  options: { readonly endpoint?: string } = {},
): Promise<RestoreWorld> {
  const folder = await mkdtemp(join(tmpdir(), "moraine-restore-"));
  const environment = {
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    AWS_REGION: "us-east-1",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_ENDPOINT_URL: options.endpoint ?? server.apiUrl,
    XDG_DATA_HOME: join(folder, "data"),
    XDG_CONFIG_HOME: join(folder, "config"),
    HOME: join(folder, "home"),
  };
  const arn = `arn:aws:glacier:us-east-1:${server.credentials.accountId}:vaults/${vault}`;
  const host = new URL(environment.AWS_ENDPOINT_URL).host.replaceAll(":", "_");
  const journal = join(
    environment.XDG_DATA_HOME,
    "moraine",
    host,
    server.credentials.accountId,
    "us-east-1",
    `${vault}.jsonl`,
  );
  await mkdir(dirname(journal), { recursive: true });
  const lines = files.map(({ archiveId, content, name, modifiedAtMs, description }, index) =>
    formatRecord({
      op: "CREATED",
      atMs: Date.UTC(2026, 0, 1) + index,
      archiveId,
      sizeBytes: content.bytes.length,
      treeHash: content.treeHash,
      name,
      modifiedAtMs,
      description,
    }),
  );
  await writeFile(journal, [formatHeader(arn), ...lines].join(""));
  const start = (words: readonly string[]) => startCli(words, environment, folder);
  return {
    folder,
    out: join(folder, "out"),
    environment,
    start,
    run: async (words) => await start(words).ended,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function startCli(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): RunningCli {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(MORAINE_|AWS_|NODE_TEST|XDG_)/.test(name),
  );
  const child = spawn(process.execPath, [join(repository, "bin/moraine.mjs"), ...words], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 180_000,
    killSignal: "SIGKILL",
  });
  running.add(child);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString("utf8");
  const end = async (): Promise<CliEnd> => {
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    running.delete(child);
    const stdoutBytes = Buffer.concat(stdout);
    return { code, signal, stdout: text(stdout), stdoutBytes, stderr: text(stderr) };
  };
  return { child, ended: end(), stderr: () => text(stderr) };
}

export interface FoundFile {
  readonly sha256: string;
  readonly modifiedAtMs: number;
}

/** Every file below `folder` by its path there; anything that is neither file nor folder is `special`. */
export async function readTree(folder: string): Promise<Map<string, FoundFile>> {
  const found = new Map<string, FoundFile>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const stat = await lstat(path);
    if (!stat.isDirectory()) {
      const sha256 = stat.isFile() ? sha256Of(await readFile(path)) : "special";
      found.set(path.slice(folder.length + 1), { sha256, modifiedAtMs: stat.mtimeMs });
    }
  }
  return found;
}

/** Every retrieval that the service knows. */
export async function listRetrievals(client: GlacierClient, vault: string) {
  const jobs: { readonly JobId: string; readonly ArchiveId: string }[] = [];
  for (let query = ""; ; ) {
    const path = `/-/vaults/${vault}/jobs`;
    const page = JSON.parse((await client.must({ method: "GET", path, query })).body.toString());
    jobs.push(...page.JobList);
    if (page.Marker === null) {
      return jobs;
    }
    query = `marker=${encodeURIComponent(page.Marker)}`;
  }
}

/** A client of the server's. */
export function connectTo(server: ServerProcess): GlacierClient {
  return createGlacierClient(server);
}

/** Small contents that all differ. */
export function smallContent(index: number): Payload {
  return makePayload(1 + ((index * 7919) % 3000), `restore ${index}`);
}
