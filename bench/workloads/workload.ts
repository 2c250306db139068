/** What a workload is: what it sends, to the service and to what the service is compared with. */
import type { BodyFile } from "../load/body-file.ts";
import type { LoadGenerator } from "../load/load-generator.ts";
import type { LoadPlan } from "../load/plan.ts";
import type { Figures } from "../report/goals.ts";
import type { SeededVault } from "../service/seed-vaults.ts";
import type { ServerOptions, ServerUnderTest, Target } from "../service/server-under-test.ts";

/** What all workloads share. */
export interface Bench {
  /** For what is not the service's data; removed at the end. */
  readonly folder: string;
  /** On a new data folder, which goes when the service is stopped, unless one is named. */
  startService(options?: Partial<Omit<ServerOptions, "program">>): Promise<ServerUnderTest>;
  /** A data folder with these vaults; made once and kept for the whole run. */
  seed(vaults: readonly SeededVault[]): Promise<string>;
  readonly load: LoadGenerator;
  readonly bodies: BodyFile;
  /** Part of the sizes and counts of a whole run. */
  readonly scale: number;
  readonly rounds: number;
  /** Tells the person who waits what is done now. */
  say(text: string): void;
}

/** Something to measure that gives rows; what it needs is made when it is run. */
export interface Measurement {
  readonly id: string;
  readonly name: string;
  run(): Promise<Figures>;
}

/** A server to compare with; `undefined` where it isn't installed. */
export type StartRival = (service: ServerUnderTest) => Promise<Target | undefined>;

/** A workload that the load generator sends. */
export interface LoadWorkload {
  readonly id: string;
  readonly name: string;
  readonly unit: "MB/s" | "req/s";
  /** Whether rates are compared with T. */
  readonly hashes: boolean;
  readonly rivals: readonly StartRival[];
  /** Whether each round has a service with a new data folder, because a round stores much. */
  readonly freshEachRound: boolean;
  /** Run once on each server, the service first, before the first round. */
  prepare(target: Target, client: ServerUnderTest["client"]): Promise<void>;
  /** What one round sends to `target`; prepared outside the clock. `isWarmUp` asks for less. */
  plan(target: Target, isWarmUp: boolean): Promise<LoadPlan>;
}
