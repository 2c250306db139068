import { findJobId } from "../../domain/ids.ts";
import { parseCompletedFilter, parseStatusFilter } from "../../domain/job-filter.ts";
import { LIST_PAGE_MAX } from "../../domain/limits.ts";
import { parseLimit, parseMarker, splitPage } from "../../domain/pagination.ts";
import { isExpired } from "../get-job.ts";
import type { Handler } from "../handler.ts";
import { renderJob } from "../render-job.ts";

/**
 * Lists a vault's jobs, newest first. A marker is the id of the first job of its page. Jobs whose time is
 * over are left out of their page, which then holds fewer than `limit` (contract §2.28, §1.11).
 */
export const listJobs: Handler<"ListJobs"> = async (input, call, services) => {
  const status = parseStatusFilter(input.statuscode);
  const completed = parseCompletedFilter(input.completed);
  const limit = parseLimit(input.limit, LIST_PAGE_MAX);
  const from = parseMarker(input.marker, findJobId);
  const { vaultId } = call.vault;
  const { jobs } = services.metadata;
  const page = splitPage(
    await jobs.listPage({ vaultId, status, completed, from, limit: limit + 1 }),
    limit,
  );
  const nowMs = services.clock.nowMs();
  const shown = page.items.filter((job) => !isExpired(job, nowMs));
  return {
    JobList: await Promise.all(shown.map((job) => renderJob(services, call.vault, job))),
    Marker: page.next?.jobId ?? null,
  };
};
