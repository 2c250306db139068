/**
 * What a request costs the processor: `node bench/request-path.bench.ts`. The service and a bare node:http server
 * that answers the same bytes without any check take turns under the same load; printed are microseconds of
 * processor time per request, requests per second, and the ratio of the two servers.
 *
 * Flags: `--seconds 3` per run; `--rounds 3`; `--connections 32`; `--only TEXT` of the requests' names;
 * `--tree FOLDER` measures the sources in another folder as well; `--profile FOLDER` writes processor profiles.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import { signRequest } from "../src/auth/sigv4/sign.ts";
import { hmacSha256, sha256 } from "../src/std/hasher-node.ts";
import { makePayload, sha256Of, treeHashOf } from "../test/support/payload.ts";
import { credentials } from "./service/server-under-test.ts";
import type { FixedAnswer } from "./support/bare-server.ts";
import type { LoadOutcome, LoadPlan } from "./support/raw-load.ts";

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "32" },
    only: { type: "string", default: "" },
    tree: { type: "string" },
    profile: { type: "string" },
  },
});

interface Contender {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly startMs: number;
}

interface Shape {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
}

const HERE = new URL("..", import.meta.url).pathname;
const NOTHING = Buffer.alloc(0);
const VAULT = "/-/vaults/bench";
const JOB = Buffer.from(JSON.stringify({ Type: "inventory-retrieval" }));

const SHAPES: readonly Shape[] = [
  { name: "DescribeVault", method: "GET", path: VAULT, body: NOTHING },
  { name: "ListVaults", method: "GET", path: "/-/vaults", body: NOTHING },
  { name: "ListJobs", method: "GET", path: `${VAULT}/jobs`, body: NOTHING },
  {
    name: "UploadArchive 4 KiB",
    method: "POST",
    path: `${VAULT}/archives`,
    body: makePayload(4096, "small").bytes,
  },
];

const folder = await mkdtemp(join(tmpdir(), "moraine-bench-"));
const running: Contender[] = [];
try {
  const trees = [HERE, ...(flags.tree === undefined ? [] : [flags.tree])];
  for (const [index, tree] of trees.entries()) {
    running.push(await startService(tree, join(folder, String(index))));
  }
  for (const { port } of running) {
    await send(port, "PUT", VAULT, NOTHING);
    for (let count = 0; count < 3; count += 1) {
      await send(port, "POST", `${VAULT}/jobs`, JOB);
    }
  }
  const rows = [];
  for (const shape of SHAPES.filter(({ name }) => name.includes(flags.only))) {
    rows.push(...(await compare(shape)));
  }
  console.table(rows);
  console.log(running.map(({ name, startMs }) => `${name}: ready in ${Math.round(startMs)} ms`));
} finally {
  for (const { child } of running) {
    await stop(child);
  }
  await rm(folder, { recursive: true, force: true });
}

/** Runs the service of each tree and the bare server in turns. */
async function compare(shape: Shape) {
  const [first] = running;
  const answer = await send(first?.port ?? 0, shape.method, shape.path, shape.body);
  const bare = await startBare(answer);
  const contenders = [bare, ...running];
  const results = new Map<string, { cpuUs: number[]; perSecond: number[]; p99Ms: number[] }>();
  for (let round = 0; round <= Number(flags.rounds); round += 1) {
    for (const { name, port, child } of contenders) {
      const cpuBefore = readCpuSeconds(child);
      const outcome = await load(port, shape);
      const cpuUs = ((readCpuSeconds(child) - cpuBefore) * 1e6) / outcome.requests;
      const result = results.get(name) ?? { cpuUs: [], perSecond: [], p99Ms: [] };
      results.set(name, result);
      // The first round warms up.
      if (round > 0) {
        result.cpuUs.push(cpuUs);
        result.perSecond.push(outcome.requests / outcome.seconds);
        result.p99Ms.push(outcome.p99Ms);
      }
    }
  }
  await stop(bare.child);
  const bareRate = median(results.get(bare.name)?.perSecond ?? []);
  return [...results].map(([server, { cpuUs, perSecond, p99Ms }]) => ({
    request: shape.name,
    server,
    "cpu µs": Math.round(median(cpuUs)),
    "per second": Math.round(median(perSecond)),
    "p99 ms": Math.round(median(p99Ms) * 10) / 10,
    "of bare": Math.round((median(perSecond) / bareRate) * 100) / 100,
  }));
}

async function load(port: number, shape: Shape): Promise<LoadOutcome> {
  const plan: LoadPlan = {
    port,
    connections: Number(flags.connections),
    seconds: Number(flags.seconds),
    requestBase64: formatRequest(port, shape).toString("base64"),
  };
  const program = new URL("support/raw-load.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(plan)]);
  // What `raw-load.ts` prints.
  const outcome = JSON.parse(stdout) as LoadOutcome;
  if (!/ 2\d\d /.test(outcome.statusLine) || outcome.others > 0) {
    throw new Error(`${shape.name}: ${outcome.statusLine}, ${outcome.others} others`);
  }
  return outcome;
}

/** Headers as an SDK sends them. */
function signHeaders(port: number, { method, path, body }: Omit<Shape, "name">) {
  const payloadHash = sha256Of(body);
  const headers: [string, string][] = [
    ["host", `127.0.0.1:${port}`],
    ["x-amz-glacier-version", "2012-06-01"],
    ["accept", "application/json"],
    ["user-agent", "bench/1.0 lang/js"],
    ...(body.length === 0 ? [] : [["content-length", String(body.length)] as [string, string]]),
    ["x-amz-content-sha256", payloadHash],
    ...(path.endsWith("/archives")
      ? [["x-amz-sha256-tree-hash", treeHashOf(body)] as [string, string]]
      : []),
  ];
  const signature = signRequest({
    request: { method, path, query: "", headers },
    credentials,
    region: "us-east-1",
    service: "glacier",
    nowMs: Date.now(),
    payloadHash,
    sha256,
    hmacSha256,
  });
  return [...headers, ...signature];
}

function formatRequest(port: number, shape: Shape): Buffer {
  const lines = signHeaders(port, shape).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${shape.method} ${shape.path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head), shape.body]);
}

async function send(
  port: number,
  method: string,
  path: string,
  body: Buffer,
): Promise<FixedAnswer> {
  const headers = Object.fromEntries(signHeaders(port, { method, path, body }));
  const request = httpRequest({ port, host: "127.0.0.1", method, path, headers, agent: false });
  request.end(body);
  const [response] = await once(request, "response");
  const chunks: Buffer[] = await response.toArray();
  const fixed = response.rawHeaders.filter((_: string, index: number, all: string[]) => {
    return !/^(date|connection|keep-alive)$/i.test(all[index - (index % 2)] ?? "");
  });
  return { status: response.statusCode, headers: fixed, body: Buffer.concat(chunks).toString() };
}

async function startService(tree: string, dataDir: string): Promise<Contender> {
  const profile =
    flags.profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", flags.profile];
  const settings = ["--data-dir", dataDir, "--listen", "127.0.0.1:0", "--console-listen", "off"];
  const main = join(tree, "bin/moraine.mjs");
  const words = [...profile, main, "serve", ...settings, "--log-level", "warn"];
  return await start(tree === HERE ? "moraine" : tree, words, /API\s+http:\S+:(\d+)/);
}

async function startBare(answer: FixedAnswer): Promise<Contender> {
  const program = new URL("support/bare-server.ts", import.meta.url).pathname;
  return await start("bare node:http", [program, JSON.stringify(answer)], /^(\d+)$/);
}

async function start(name: string, words: readonly string[], line: RegExp): Promise<Contender> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      MORAINE_ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
      MORAINE_ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      MORAINE_ROOT_ACCOUNT_ID: credentials.accountId,
    },
  });
  for await (const text of createInterface(child.stdout)) {
    const port = line.exec(text)?.[1];
    if (port !== undefined) {
      return { name, port: Number(port), child, startMs: performance.now() - startedAt };
    }
  }
  throw new Error(`${name} did not start`);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** User and system time; /proc counts it in hundredths of a second. */
function readCpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
