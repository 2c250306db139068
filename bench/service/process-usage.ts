/** What a process used, read from /proc. */
import { readFileSync, writeFileSync } from "node:fs";

export interface ProcessUsage {
  /** Processor seconds used so far, user and system, all threads. */
  cpuSeconds(): number;
  /** Largest resident set since the last `resetPeak`, in MiB. */
  peakMib(): number;
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
    peakMib: () => {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
    },
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, "5"),
  };
}

function readCpuSeconds(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
