/** The service as its own process, with its processor time and memory read from /proc. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

export const credentials = {
  accessKeyId: "BENCHBENCHBENCHBENCH",
  secretAccessKey: "bench0123456789bench0123456789bench01234",
  accountId: "111122223333",
} as const;

export interface ServerUnderTest {
  readonly endpoint: string;
  readonly startMs: number;
  /** Processor seconds used so far, user and system. */
  cpuSeconds(): number;
  /** Largest resident set since the last `resetPeak`, in MiB. */
  peakMib(): number;
  residentMib(): number;
  resetPeak(): void;
  stop(): Promise<void>;
}

/** Starts the service on `dataDir` and waits until it is ready. */
export async function startServerUnderTest(dataDir: string): Promise<ServerUnderTest> {
  const startedAt = performance.now();
  const main = new URL("../../bin/moraine.mjs", import.meta.url).pathname;
  const flags = ["--data-dir", dataDir, "--listen", "127.0.0.1:0", "--console-listen", "off"];
  const child = spawn(process.execPath, [main, "serve", ...flags, "--log-level", "warn"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      MORAINE_ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
      MORAINE_ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      MORAINE_ROOT_ACCOUNT_ID: credentials.accountId,
    },
  });
  let endpoint: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    endpoint = /API\s+(http:\S+)/.exec(line)?.[1];
    if (endpoint !== undefined) {
      break;
    }
  }
  if (endpoint === undefined || child.pid === undefined) {
    throw new Error("the service did not start");
  }
  const { pid } = child;
  return {
    endpoint,
    startMs: performance.now() - startedAt,
    cpuSeconds: () => readCpuSeconds(pid),
    peakMib: () => readMib(pid, "VmHWM"),
    residentMib: () => readMib(pid, "VmRSS"),
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, "5"),
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

const TICKS_PER_SECOND = 100;

function readCpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** See proc(5), status. */
function readMib(pid: number, name: "VmHWM" | "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
}
