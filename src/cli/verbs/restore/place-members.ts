/** Puts the files that a plan wants of a pack in their places. */
import { join } from "node:path";
import { streamOutput } from "../../../client/transfer/stream-output.ts";
import { formatSize } from "../../units.ts";
import type { Job } from "../retrieval/jobs.ts";
import { compareFile, makeFolders } from "../retrieval/local-file.ts";
import { takeMembers } from "../retrieval/pack-members.ts";
import { writeMember } from "../retrieval/write-member.ts";
import { checkJob } from "./check-job.ts";
import { decideExisting } from "./existing-file.ts";
import type { PlanItem, PlanMember, PlanPack } from "./plan.ts";
import type { PlanRun } from "./plan-run.ts";

/**
 * Goes through the bytes once and writes each file as it comes, verified; resolves with what tells of them.
 * When one fails the others before it are in their places, and a later run leaves those. Throws
 * `DamagedOutputError`, as `streamOutput`, a `VerbFailure` and the file system's error.
 */
export async function placeMembers(
  run: PlanRun,
  { item, pack }: { readonly item: PlanItem; readonly pack: PlanPack },
  job: Job,
): Promise<() => void> {
  const { plan, session, transfer, progress } = run;
  checkJob(item, job);
  const { call, accountId } = session;
  const { vaultName } = plan;
  const { archiveId, sizeBytes } = item;
  const bar = progress.start(item.name, sizeBytes);
  const written: PlanMember[] = [];
  const left: PlanMember[] = [];
  try {
    const bytes = streamOutput(
      {
        source: { call, accountId, vaultName, jobId: job.jobId, sizeBytes },
        archiveId,
        treeHash: item.treeHash ?? job.treeHash,
        onProgress: (count) => bar.advance(count),
      },
      transfer,
    );
    const firstByte = pack.range?.start ?? 0;
    for await (const taken of takeMembers(bytes, { members: pack.members, firstByte })) {
      const isWritten = await placeMember(run, taken.member, taken.bytes);
      (isWritten ? written : left).push(taken.member);
    }
  } finally {
    bar.end();
  }
  return () => reportMembers(run, item, { written, left });
}

/** Whether it was written, or what is there stays. */
async function placeMember(
  { plan }: PlanRun,
  member: PlanMember,
  bytes: Uint8Array,
): Promise<boolean> {
  const components = member.path.split("/");
  const name = components.at(-1) ?? "";
  const folder = await makeFolders(plan.dir, components.slice(0, -1));
  const local = await compareFile(join(folder, name), member);
  if (decideExisting(plan.existing, local) === "leave") {
    return false;
  }
  const { modifiedAtMs, mode } = member;
  await writeMember({ folder, name }, { bytes, modifiedAtMs, mode });
  return true;
}

function reportMembers(
  { counts, session }: PlanRun,
  { archiveId: pack }: PlanItem,
  {
    written,
    left,
  }: { readonly written: readonly PlanMember[]; readonly left: readonly PlanMember[] },
): void {
  for (const { name, path, sizeBytes, treeHash } of written) {
    counts.restored += 1;
    counts.restoredBytes += sizeBytes;
    session.reporter.done(
      { event: "restored", name, pack, path, sizeBytes, treeHash },
      `restored  ${path}  ${formatSize(sizeBytes)} · from a pack`,
    );
  }
  for (const { name, path, sizeBytes } of left) {
    counts.present += 1;
    session.reporter.done({ event: "present", name, pack, path, sizeBytes }, `present   ${path}`);
  }
}
