/** Where each item of a plan stands: to be requested, waited for, ready, under way or ended. Pure. */
import type { Job } from "../retrieval/jobs.ts";
import type { PlanRecord, RestorePlan } from "./plan.ts";

export interface ItemBoard {
  /** The next item to request; it stays the next until it begins. */
  firstPending(): number | undefined;
  /** It is being requested. */
  begin(item: number): void;
  /** It has to be requested, or requested again, after those that are pending already. */
  postpone(item: number): void;
  /** Its job is in progress. */
  await(item: number, jobId: string, request: number): void;
  /** Its job has succeeded. */
  makeReady(item: number, job: Job): void;
  /** The ready item whose output expires first; it is under way from then on. */
  takeReady(): { readonly item: number; readonly job: Job } | undefined;
  end(item: number): void;
  /** Items by the ids of the jobs that are waited for. */
  readonly awaited: ReadonlyMap<string, number>;
  /** How many jobs were asked for. */
  requestsOf(item: number): number;
  isEnded(item: number): boolean;
  isPending(item: number): boolean;
  readonly counts: { readonly pending: number; readonly ready: number; readonly ended: number };
  /** Requested and not ended. */
  outstanding(): number;
  isFinished(): boolean;
}

/** The board of `plan` after `records`; failed items are tried again. */
export function createItemBoard(
  plan: Pick<RestorePlan, "items">,
  records: readonly PlanRecord[],
): ItemBoard {
  const requests = new Map<number, number>();
  const jobs = new Map<number, string>();
  const ended = new Set<number>();
  for (const record of records) {
    if (record.op === "REQUESTED") {
      requests.set(record.item, Math.max(record.request, requests.get(record.item) ?? 0));
      jobs.set(record.item, record.jobId);
    } else if (record.op === "DONE") {
      ended.add(record.item);
    }
  }
  const awaited = new Map<string, number>();
  const pending = new Set<number>();
  for (const [item] of plan.items.entries()) {
    const jobId = jobs.get(item);
    if (jobId !== undefined && !ended.has(item)) {
      awaited.set(jobId, item);
    } else if (!ended.has(item)) {
      pending.add(item);
    }
  }
  const ready: { readonly item: number; readonly job: Job }[] = [];
  const underWay = new Set<number>();
  const leave = (item: number) => {
    pending.delete(item);
    underWay.delete(item);
    awaited.delete(jobs.get(item) ?? "");
  };
  return {
    firstPending: () => pending.values().next().value,
    begin: (item) => {
      pending.delete(item);
      underWay.add(item);
    },
    postpone: (item) => {
      leave(item);
      pending.add(item);
    },
    await: (item, jobId, request) => {
      leave(item);
      jobs.set(item, jobId);
      awaited.set(jobId, item);
      requests.set(item, Math.max(request, requests.get(item) ?? 0));
    },
    makeReady: (item, job) => {
      awaited.delete(job.jobId);
      const expiry = job.completedAtMs ?? 0;
      const at = ready.findIndex((other) => (other.job.completedAtMs ?? 0) > expiry);
      ready.splice(at === -1 ? ready.length : at, 0, { item, job });
    },
    takeReady: () => {
      const next = ready.shift();
      if (next !== undefined) {
        underWay.add(next.item);
      }
      return next;
    },
    end: (item) => {
      leave(item);
      ended.add(item);
    },
    awaited,
    requestsOf: (item) => requests.get(item) ?? 0,
    isEnded: (item) => ended.has(item),
    isPending: (item) => pending.has(item),
    get counts() {
      return { pending: pending.size, ready: ready.length, ended: ended.size };
    },
    outstanding: () => awaited.size + ready.length + underWay.size,
    isFinished: () => ended.size === plan.items.length,
  };
}
