import type { JobKind } from "../domain/job.ts";

/** What the service counts. Calls are cheap, never fail and never wait. */
export interface Metrics {
  requestFinished(facts: {
    readonly operation: string;
    readonly status: number;
    readonly durationMs: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
  }): void;
  jobFinished(facts: {
    readonly kind: JobKind;
    readonly status: "Succeeded" | "Failed";
    readonly durationMs: number;
  }): void;
  /** Blobs or leftovers removed, and damage found, by background work. */
  maintenance(facts: { readonly task: string; readonly count: number }): void;
  /** A blob was read and verified by the scrub, in all its copies. */
  scrubbed(facts: { readonly blobs: number; readonly bytes: number }): void;
  /** A copy of a blob was damaged, and was put back or could not be. */
  copyRepaired(facts: { readonly copy: string; readonly outcome: "repaired" | "failed" }): void;
  /** How the stored data are, as far as the scrub knows. */
  scrubState(state: ScrubState): void;
}

export interface ScrubState {
  /** Archives with ranges that can't be given back. */
  readonly damagedArchives: number;
  /** No blob was verified longer ago; `undefined` while there is none. */
  readonly oldestVerifiedAtMs: number | undefined;
  /** Whether a pass takes longer than the interval at the rate that the settings allow. */
  readonly isTooSlow: boolean;
  /** Whether the mirror has every blob; `undefined` without a mirror. */
  readonly isMirrorReady: boolean | undefined;
}
