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
}
