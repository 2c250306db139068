/**
 * The job engine: claims jobs that are due, runs several at once, and sleeps until there is more to do.
 * All its state is in the metadata; an engine that dies is replaced by any other once its leases run out.
 */
import type { JobInProgress } from "../../domain/job.ts";
import { assert } from "../../std/assert.ts";
import { WorkLoop } from "../work-loop.ts";
import { createAttemptCounter } from "./attempt-counter.ts";
import { decideBackoffMs, decidePauseMs } from "./decide-pause.ts";
import type { JobServices } from "./job-services.ts";
import { createLease } from "./lease.ts";
import { runJob } from "./run-job.ts";

/** How long `stop` waits for running jobs to reach their next step. */
export const STOP_WAIT_MAX_MS = 5_000;

export interface JobEngine {
  /** Begins to run due jobs; called once. */
  start(): void;
  /** Looks for due jobs at once; called after a job was committed. */
  wake(): void;
  /**
   * Claims nothing more and interrupts running jobs between two steps; their leases are released. Resolves
   * when all have stopped, at the latest after 5 s: what still runs then holds its lease until it runs out.
   */
  stop(): Promise<void>;
}

/** An engine over `services`; it does nothing until it is started. */
export function createJobEngine(services: JobServices): JobEngine {
  return new JobScheduler(services);
}

class JobScheduler implements JobEngine {
  readonly #services: JobServices;
  /** Distinguishes this engine's leases from those of every other process and start. */
  readonly #workerId: string;
  readonly #attempts = createAttemptCounter();
  readonly #work: WorkLoop;
  #claimCount = 0;
  /** Turns that failed in a row. */
  #failures = 0;

  constructor(services: JobServices) {
    const { concurrency, leaseMs } = services.settings;
    assert(concurrency >= 1, `concurrency must be at least 1; got ${concurrency}`);
    assert(leaseMs >= 1, `leaseMs must be at least 1; got ${leaseMs}`);
    this.#services = services;
    this.#workerId = services.ids.requestId();
    this.#work = new WorkLoop({
      clock: services.clock,
      turn: () => this.#schedule(),
      stopWaitMaxMs: STOP_WAIT_MAX_MS,
    });
  }

  start(): void {
    this.#work.start();
  }

  wake(): void {
    this.#work.wake();
  }

  async stop(): Promise<void> {
    await this.#work.stop();
  }

  async #schedule(): Promise<number> {
    try {
      const pauseMs = await this.#startDueJobs();
      this.#failures = 0;
      return pauseMs;
    } catch (error) {
      this.#failures += 1;
      const failures = this.#failures;
      const pauseMs = decideBackoffMs(failures);
      this.#services.logger.error({ err: error, failures, pauseMs }, "jobs could not be claimed");
      return pauseMs;
    }
  }

  /** Starts as many due jobs as there are free slots; returns how long to sleep afterwards. */
  async #startDueJobs(): Promise<number> {
    const { metadata, clock, settings } = this.#services;
    const { kinds } = settings;
    const slots = settings.concurrency - this.#work.runningCount;
    if (slots > 0) {
      this.#claimCount += 1;
      const owner = `${this.#workerId}/${this.#claimCount}`;
      const nowMs = clock.nowMs();
      const lease = { owner, untilMs: nowMs + settings.leaseMs };
      for (const job of await metadata.jobs.claimDue(nowMs, lease, slots, kinds)) {
        this.#startJob(job, owner, nowMs);
      }
    }
    const freeSlots = settings.concurrency - this.#work.runningCount;
    const nextClaimableAtMs =
      freeSlots > 0 ? await metadata.jobs.nextClaimableAtMs(kinds) : undefined;
    return decidePauseMs({ nowMs: clock.nowMs(), nextClaimableAtMs, freeSlots });
  }

  #startJob(job: JobInProgress, owner: string, claimedAtMs: number): void {
    const { leaseMs } = this.#services.settings;
    const { stopping } = this.#work;
    const claim = { jobId: job.jobId, owner, claimedAtMs, leaseMs, stopping };
    const lease = createLease(this.#services, claim);
    this.#work.track(runJob(this.#services, { job, lease }, this.#attempts));
  }
}
