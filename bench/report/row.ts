/** What the report holds. */

export type Unit = "MB/s" | "req/s" | "s" | "ms";

/** One workload's figures; MB are 10^6 bytes, GB 10^9. */
export interface Row {
  /** What goals are looked up by; the same at every scale. */
  readonly id: string;
  readonly name: string;
  readonly unit: Unit;
  /** Over the rounds, as `lowest` and `highest`. */
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** Of single requests, over all rounds. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Of the service, for workloads that move bytes. */
  readonly cpuSecondsPerGb?: number;
  /** Of the service, for workloads of small requests. */
  readonly cpuMicrosPerRequest?: number;
  /** Of the service, for jobs. */
  readonly cpuSecondsPerRun?: number;
  /** Largest resident set of the service. */
  readonly peakMib?: number;
  /** 99th of 100 delays of the service's event loop, and the longest. */
  readonly loopDelayP99Ms?: number;
  readonly loopDelayMaxMs?: number;
  /** Part of the load generator in all processor time that it and the service took. */
  readonly clientCpuShare?: number;
  /** By what is compared with: `T`, `node:http`, `nginx`, `moto`…; the median over rounds that alternate. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Medians of those, in the row's unit. */
  readonly rivals: Readonly<Record<string, number>>;
  /** Processor time of the service per byte or request, as a multiple of theirs; hardly moved by a busy machine. */
  readonly cpuRatios: Readonly<Record<string, number>>;
  readonly goals: readonly GoalResult[];
}

/** A goal and whether the row meets it; `undefined` when this run could not tell. */
export interface GoalResult {
  readonly text: string;
  readonly isMet: boolean | undefined;
}

/** The machine and the programs that figures were made with. */
export interface Surroundings {
  readonly version: string;
  readonly date: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly kernel: string;
  /** File system of the data folder, and what `dd` would reach on it: buffered writes with one fsync, MB/s. */
  readonly fileSystem: string;
  readonly diskMBps: number;
  /** T at the start, MB/s, and what measured it. */
  readonly hashMBps: number;
  readonly hashedBy: string;
  readonly loadGenerator: string;
  readonly rivals: Readonly<Record<string, string>>;
  /** What the service says of how it hashes; empty when it says nothing. */
  readonly hashing: string;
  readonly scale: number;
  readonly rounds: number;
}

export interface Report {
  readonly surroundings: Surroundings;
  readonly rows: readonly Row[];
  /** Seconds of the whole run, and of what was no measurement. */
  readonly seconds: number;
  readonly seedSeconds: Readonly<Record<string, number>>;
}
