/** Everyday verbs within the test process, against a service of its own, with folders of their own. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { SessionSurroundings } from "../../src/cli/session/session.ts";
import type { Verb } from "../../src/cli/session/verb.ts";
import { decodeDescription } from "../../src/domain/descriptions/decode-description.ts";
import { createGlacierClient, type GlacierClient } from "./glacier-client.ts";
import { startWireServer, type WireServer } from "./wire-server.ts";

export interface VerbRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of standard output, where they are JSON. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** An archive as the inventory has it. */
export interface StoredArchive {
  readonly archiveId: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly treeHash: string;
  readonly description: string;
}

export interface VerbWorld {
  readonly server: WireServer;
  readonly client: GlacierClient;
  /** Made for the test and removed at its end. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  run(verb: Verb, words: readonly string[], options?: RunOptions): Promise<VerbRun>;
  /** Writes a file below `folder`; resolves with its path. */
  write(name: string, bytes: Uint8Array | string, modifiedAt?: string): Promise<string>;
  /** What the vault has, by name. */
  archives(vault: string): Promise<readonly StoredArchive[]>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly stdin?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  readonly nowMs?: () => number;
  readonly sleep?: SessionSurroundings["sleep"];
}

/** Starts a service with settings by name; `stop` ends it. */
export async function startVerbWorld(
  flags: Readonly<Record<string, string>> = {},
): Promise<VerbWorld> {
  const server = await startWireServer(flags);
  const folder = await mkdtemp(join(tmpdir(), "moraine-verbs-"));
  const { accessKeyId, secretAccessKey } = server.signing("us-east-1");
  const apiUrl = `http://${server.host}`;
  const client = createGlacierClient({ apiUrl, credentials: { accessKeyId, secretAccessKey } });
  const env = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: apiUrl,
    XDG_DATA_HOME: join(folder, ".data"),
    XDG_CONFIG_HOME: join(folder, ".config"),
  };
  return {
    ...{ server, client, folder, env },
    run: async (verb, words, options) => await runVerb(verb, words, { folder, env, ...options }),
    write: async (name, bytes, modifiedAt) => {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
      if (modifiedAt !== undefined) {
        await utimes(path, new Date(modifiedAt), new Date(modifiedAt));
      }
      return path;
    },
    archives: async (vault) => await listArchives(client, vault),
    stop: async () => {
      client.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a verb whose home folder is `folder`; nobody can be asked. */
export async function runVerb(
  verb: Verb,
  words: readonly string[],
  options: Omit<RunOptions, "env"> & {
    readonly folder: string;
    readonly env: SessionSurroundings["env"];
  },
): Promise<VerbRun> {
  let stdout = "";
  let stderr = "";
  const terminal = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
  };
  const { stdin = [] } = options;
  const surroundings: SessionSurroundings = {
    env: options.env,
    homeDir: options.folder,
    nowMs: options.nowMs ?? Date.now,
    sleep:
      options.sleep ??
      (async (durationMs, signal) => void (await pause(durationMs, undefined, { signal }))),
    openStdin: async function* () {
      yield* stdin;
    },
    fetch,
    userAgent: "moraine/test",
  };
  const status = await verb.run(words, terminal, surroundings);
  const lines = stdout.split("\n").filter((line) => line.startsWith('{"event"'));
  return { status, stdout, stderr, events: lines.map((line) => JSON.parse(line)) };
}

/** What a live inventory lists, sorted by name. */
export async function listArchives(
  client: GlacierClient,
  vault: string,
): Promise<readonly StoredArchive[]> {
  const jobId = await client.initiateJob(vault, { Type: "inventory-retrieval" });
  await client.awaitJob(vault, jobId);
  const inventory = JSON.parse((await client.getJobOutput(vault, jobId)).body.toString());
  const rows: readonly Record<string, string>[] = inventory.ArchiveList;
  return rows
    .map(
      (row): StoredArchive => ({
        archiveId: row["ArchiveId"] ?? "",
        name: decodeDescription(row["ArchiveDescription"]).name,
        sizeBytes: Number(row["Size"]),
        treeHash: row["SHA256TreeHash"] ?? "",
        description: row["ArchiveDescription"] ?? "",
      }),
    )
    .sort((left, right) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)));
}
