/** A whole service in this process with its operator verbs, for tests that damage its files. */
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadStoppedFolder } from "../../src/cli/stopped-folder.ts";
import { createAdminClient } from "../../src/client/admin-client.ts";
import type { Logger } from "../../src/ports/logger.ts";
import { buildServer } from "../../src/server/build-server.ts";
import { parseSettings } from "../../src/server/config.ts";
import { drain } from "../../src/server/shutdown.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";
import { createGlacierClient } from "./glacier-client.ts";
import { silentLogger } from "./metadata-builders.ts";

export const OPERATOR = {
  accessKeyId: "AKIDMORAINEOPERATOR1",
  secretAccessKey: "moraineOperator/moraineOperator/00000001",
};
export const OPERATOR_ACCOUNT = "111122223333";
const WAIT_MAX_MS = 30_000;

export type ServiceInProcess = Awaited<ReturnType<typeof startService>>;

/** Starts a service on free ports. Throws what `buildServer` throws. */
export async function startService(
  settings: Readonly<Record<string, string>>,
  logger: Logger = silentLogger,
) {
  const flags = {
    listen: "127.0.0.1:0",
    "console-listen": "127.0.0.1:0",
    "root-access-key-id": OPERATOR.accessKeyId,
    "root-secret-access-key": OPERATOR.secretAccessKey,
    "root-account-id": OPERATOR_ACCOUNT,
    ...settings,
  };
  const sources = { unknownFlags: [], strayWords: [], env: {}, readFile: () => "" };
  const parsed = parseSettings({ flags: new Map(Object.entries(flags)), ...sources });
  const running = await buildServer(parsed, logger);
  const apiUrl = `http://127.0.0.1:${running.api.port}`;
  const adminUrl = `http://127.0.0.1:${running.console?.port}`;
  const glacier = createGlacierClient({ apiUrl, credentials: OPERATOR });
  const hashers = { sha256, hmacSha256 };
  const admin = createAdminClient({
    adminUrl,
    credentials: OPERATOR,
    fetch,
    nowMs: Date.now,
    ...hashers,
  });
  let isStopped = false;
  return {
    running,
    glacier,
    admin,
    apiUrl,
    adminUrl,
    stop: async () => {
      if (!isStopped) {
        isStopped = true;
        glacier.close();
        await drain(running.drainSteps, { boundMs: 20_000, logger: silentLogger });
      }
    },
  };
}

type Verb = (words: readonly string[], terminal: never, surroundings: never) => Promise<number>;

/** Runs an operator verb as the command line does. */
export async function runVerb(verb: unknown, words: readonly string[], adminUrl = "http://none") {
  const output = { stdout: "", stderr: "" };
  const terminal = {
    stdout: (text: string) => {
      output.stdout += text;
    },
    stderr: (text: string) => {
      output.stderr += text;
    },
  };
  const surroundings = {
    env: {
      AWS_ACCESS_KEY_ID: OPERATOR.accessKeyId,
      AWS_SECRET_ACCESS_KEY: OPERATOR.secretAccessKey,
      MORAINE_ADMIN_URL: adminUrl,
    },
    fetch,
    nowMs: Date.now,
    isTty: false,
    loadStoppedFolder,
  };
  // Each verb takes a part of these surroundings.
  const code = await (verb as Verb)(words, terminal as never, surroundings as never);
  return { code, ...output };
}

/** Waits until `find` finds something. */
export async function until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + WAIT_MAX_MS;
  while (performance.now() < deadline) {
    const found = await find();
    if (found !== undefined) {
      return found;
    }
    await sleep(50);
  }
  throw new Error(`${what} did not come about within ${WAIT_MAX_MS} ms`);
}

/** The files of blobs below a folder `blobs`, by their length. */
export async function findBlobs(blobsFolder: string): Promise<ReadonlyMap<number, string>> {
  const data = join(blobsFolder, "data");
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(paths.map(findSize));
  // One that was removed meanwhile is none.
  return new Map(
    paths.flatMap((path, index) => {
      const size = sizes[index];
      return size === undefined ? [] : [[size, path] as const];
    }),
  );
}

async function findSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

export async function flipByte(path: string, offset: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  byte.writeUInt8(byte.readUInt8(0) ^ 1, 0);
  await file.write(byte, 0, 1, offset);
  await file.close();
}
