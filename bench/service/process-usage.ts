/** What a process used, read from /proc. */
import { readFileSync, writeFileSync } from "node:fs";

export interface ProcessUsage {
  /** Processor seconds used so far, user and system, all threads. */
  cpuSeconds(): number;
  /** Largest resident set since the last `resetPeak`, in MiB. */
  peakMib(): number;
  /** The resident set now, in MiB. */
  residentMib(): number;
  resetPeak(): void;
}

const TICKS_PER_SECOND = 100;

/** Of the process `pid`; its processor time is that of its children too, as nginx works in them. */
export function usageOf(pid: number): ProcessUsage {
  return {
    cpuSeconds: () => {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
      const pids = [String(pid), ...(children === "" ? [] : children.split(" "))];
      return pids.map(readCpuSeconds).reduce((total, seconds) => total + seconds, 0);
    },
    peakMib: () => readMib(pid, "VmHWM"),
    residentMib: () => readMib(pid, "VmRSS"),
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, "5"),
  };
}

function readCpuSeconds(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** See proc(5), status. */
function readMib(pid: number, name: "VmHWM" | "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
}
