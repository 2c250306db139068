/**
 * The command line as a person meets it: how long it takes to start, and how much memory an upload takes. Packs and
 * installs nothing: the package is built into a temporary folder. `SIZE_GIB=1` makes the upload shorter.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../test/support/server-process.ts";
import { buildPublishedProgram } from "./service/published-program.ts";

const ROUNDS = 25;
const SIZE_GIB = Number(process.env["SIZE_GIB"] ?? 8);

const folder = mkdtempSync(join(tmpdir(), "moraine-bench-cli-"));
try {
  const program = await buildPublishedProgram(folder);
  const startup = measureStartup(program);
  const upload = await measureUpload(program);
  process.stdout.write(`${JSON.stringify({ startup, upload }, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Medians of wall time, in alternation, so that both see the same machine. */
function measureStartup(program: string) {
  const time = (args: readonly string[]) => {
    const startedAtMs = performance.now();
    spawnSync(process.execPath, args, { stdio: "ignore" });
    return performance.now() - startedAtMs;
  };
  const version: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    version.push(time([program, "--version"]));
    bare.push(time(["-e", "0"]));
  }
  const [versionMs, bareMs] = [median(version), median(bare)];
  return { versionMs, bareMs, ratio: Number((versionMs / bareMs).toFixed(2)), goal: "≤ 1.5" };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1));
}

async function measureUpload(program: string) {
  const server = await startServer();
  try {
    const { accessKeyId, secretAccessKey } = server.credentials;
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: server.apiUrl,
      XDG_DATA_HOME: join(folder, "data"),
      XDG_CONFIG_HOME: join(folder, "config"),
    };
    const file = join(folder, "large.bin");
    writeFileSync(file, "a");
    truncateSync(file, SIZE_GIB * 1024 ** 3);
    spawnSync(process.execPath, [program, "vault", "create", "bench"], { env });
    const startedAtMs = performance.now();
    const child = spawn(process.execPath, [program, "put", file, "bench", "--quiet"], { env });
    let peakKib = 0;
    const timer = setInterval(() => {
      peakKib = Math.max(peakKib, readPeakKib(Number(child.pid)));
    }, 100);
    const [status] = await once(child, "close");
    clearInterval(timer);
    const seconds = Number(((performance.now() - startedAtMs) / 1000).toFixed(1));
    const peakMib = Math.round(peakKib / 1024);
    return { sizeGib: SIZE_GIB, status, seconds, peakResidentMib: peakMib, goal: "< 300 MiB" };
  } finally {
    await server.stop();
  }
}

/** `VmHWM` of the process; 0 once it has ended. */
function readPeakKib(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
