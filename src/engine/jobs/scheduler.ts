/**
 * The job engine: claims jobs that are due, runs several at once, and sleeps until there is more to do.
 * All its state is in the metadata; an engine that dies is replaced by any other once its leases run out.
 */
import type { JobInProgress } from "../../domain/job.ts";
import { assert } from "../../std/assert.ts";
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
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #pause = new AbortController();
  #claimCount = 0;
  #loop: Promise<void> | undefined;

  constructor(services: JobServices) {
    const { concurrency, leaseMs } = services.settings;
    assert(concurrency >= 1, `concurrency must be at least 1; got ${concurrency}`);
    assert(leaseMs >= 1, `leaseMs must be at least 1; got ${leaseMs}`);
    this.#services = services;
    this.#workerId = services.ids.requestId();
  }

  start(): void {
    assert(this.#loop === undefined, "a job engine is started once");
    this.#loop = this.#schedule();
  }

  wake(): void {
    this.#pause.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    const patience = new AbortController();
    const patienceEnds = this.#services.clock.sleep(STOP_WAIT_MAX_MS, patience.signal);
    await Promise.race([this.#stopped(), patienceEnds]);
    patience.abort();
  }

  /** Resolves when the loop has ended and with it the last run that it may have started meanwhile. */
  async #stopped(): Promise<void> {
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #schedule(): Promise<void> {
    const { clock, logger } = this.#services;
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      // A wake from here on cuts the next pause short, also one that comes while jobs are being claimed.
      this.#pause = new AbortController();
      let pauseMs: number;
      try {
        pauseMs = await this.#startDueJobs();
        failures = 0;
      } catch (error) {
        failures += 1;
        pauseMs = decideBackoffMs(failures);
        logger.error({ err: error, failures, pauseMs }, "jobs could not be claimed");
      }
      await clock.sleep(pauseMs, this.#pause.signal);
    }
  }

  /** Starts as many due jobs as there are free slots; returns how long to sleep afterwards. */
  async #startDueJobs(): Promise<number> {
    const { metadata, clock, settings } = this.#services;
    const slots = settings.concurrency - this.#running.size;
    if (slots > 0) {
      this.#claimCount += 1;
      const owner = `${this.#workerId}/${this.#claimCount}`;
      const nowMs = clock.nowMs();
      const lease = { owner, untilMs: nowMs + settings.leaseMs };
      for (const job of await metadata.jobs.claimDue(nowMs, lease, slots)) {
        this.#startJob(job, owner, nowMs);
      }
    }
    const freeSlots = settings.concurrency - this.#running.size;
    const nextClaimableAtMs = freeSlots > 0 ? await metadata.jobs.nextClaimableAtMs() : undefined;
    return decidePauseMs({ nowMs: clock.nowMs(), nextClaimableAtMs, freeSlots });
  }

  #startJob(job: JobInProgress, owner: string, claimedAtMs: number): void {
    const { leaseMs } = this.#services.settings;
    const stopping = this.#stopping.signal;
    const claim = { jobId: job.jobId, owner, claimedAtMs, leaseMs, stopping };
    const lease = createLease(this.#services, claim);
    const run = runJob(this.#services, { job, lease }, this.#attempts).then(() => {
      this.#running.delete(run);
      this.wake();
    });
    this.#running.add(run);
  }
}
