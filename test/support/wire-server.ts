/** The whole service within the test process, on a free port and a temporary data folder. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "../../src/ports/logger.ts";
import { buildServer } from "../../src/server/build-server.ts";
import { parseSettings } from "../../src/server/config.ts";
import { drain } from "../../src/server/shutdown.ts";
import {
  exchangeBytes,
  formatRequest,
  type HeaderList,
  type Signing,
  signHead,
  type WireAnswer,
  type WireHead,
} from "./wire-client.ts";

const ROOT = {
  accessKeyId: "AKIDMORAINEWIRETEST1",
  secretAccessKey: "moraineWireSecret/moraineWireSecret/0001",
  accountId: "111122223333",
} as const;

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface WireServer {
  readonly port: number;
  readonly accountId: string;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly dataDir: string;
  /** What downloads are sent by. */
  readonly sending: string;
  /** What was logged so far. */
  readonly log: readonly LogLine[];
  /** The root's key pair for `region`. */
  signing(region: string): Signing;
  /** Files below the blob folder, with paths relative to it, sorted. */
  listBlobFiles(): Promise<readonly string[]>;
  /** Ends the service, checks that nothing was logged as an error, and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts a service; `flags` are settings by name, for instance `{ inventory: "1d" }`. An empty value
 * takes a setting away that tests give otherwise.
 */
export async function startWireServer(
  flags: Readonly<Record<string, string>> = {},
): Promise<WireServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "moraine-wire-"));
  const log: LogLine[] = [];
  const running = await buildServer(parseTestSettings(dataDir, flags), createLog(log));
  const { port } = running.api;
  return {
    port,
    accountId: ROOT.accountId,
    host: `127.0.0.1:${port}`,
    dataDir,
    sending: running.stores.sending,
    log,
    signing: (region) => ({ ...ROOT, region }),
    listBlobFiles: () => listFiles(join(dataDir, "blobs")),
    stop: async () => {
      const status = await drain(running.drainSteps, { boundMs: 20_000, logger: createLog(log) });
      await rm(dataDir, { recursive: true, force: true });
      assert.equal(status, 0, "the service did not stop cleanly");
      assert.deepEqual(
        log.filter((line) => line.level === "error"),
        [],
      );
    },
  };
}

/** A request to be signed and sent; headers `Host` and the API version are added unless given. */
export interface WireCall {
  readonly method: string;
  readonly target: string;
  readonly headers?: HeaderList;
  readonly body?: Uint8Array | string;
  readonly region?: string;
}

/** The head of `call` with the headers that every request has. */
export function headOf(server: WireServer, call: WireCall): WireHead {
  const given = call.headers ?? [];
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const defaults: [string, string][] = [
    ["Host", server.host],
    ["x-amz-glacier-version", "2012-06-01"],
  ];
  if (call.body !== undefined) {
    defaults.push(["Content-Length", String(bodyOf(call).length)]);
  }
  const added = defaults.filter(([name]) => !names.has(name.toLowerCase()));
  return { method: call.method, target: call.target, headers: [...added, ...given] };
}

/** The bytes of the body of `call`. */
export function bodyOf(call: WireCall): Uint8Array {
  return typeof call.body === "string" ? Buffer.from(call.body) : (call.body ?? new Uint8Array());
}

/** The bytes of `call`, signed. */
export function signedBytes(server: WireServer, call: WireCall): Buffer {
  const body = bodyOf(call);
  const signing = server.signing(call.region ?? "us-east-1");
  return formatRequest(signHead(headOf(server, call), body, signing), body);
}

/** Sends `call` signed, on a connection of its own. */
export async function perform(server: WireServer, call: WireCall): Promise<WireAnswer> {
  return exchangeBytes(server.port, signedBytes(server, call));
}

/** Sends `call` to `/` of another service, signed for it. */
export async function performFor(
  server: WireServer,
  service: string,
  call: Omit<WireCall, "method" | "target">,
): Promise<WireAnswer> {
  const full = { method: "POST", target: "/", ...call };
  const body = bodyOf(full);
  const signing = { ...server.signing(call.region ?? "us-east-1"), service };
  return exchangeBytes(
    server.port,
    formatRequest(signHead(headOf(server, full), body, signing), body),
  );
}

function parseTestSettings(dataDir: string, flags: Readonly<Record<string, string>>) {
  const all = {
    "data-dir": dataDir,
    listen: "127.0.0.1:0",
    "console-listen": "off",
    "root-access-key-id": ROOT.accessKeyId,
    "root-secret-access-key": ROOT.secretAccessKey,
    "root-account-id": ROOT.accountId,
    ...flags,
  };
  return parseSettings({
    flags: new Map(Object.entries(all).filter(([, value]) => value !== "")),
    unknownFlags: [],
    strayWords: [],
    env: {},
    readFile: () => "",
  });
}

function createLog(lines: LogLine[]): Logger {
  const writer = (level: LogLine["level"]) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message });
  };
  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
  };
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
