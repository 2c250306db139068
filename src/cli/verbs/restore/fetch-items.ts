/** Downloads what is ready, each file verified before it has its name. */
import { join } from "node:path";
import { GlacierServiceError, TransportError } from "../../../client/errors.ts";
import {
  DamagedOutputError,
  OutputExpiredError,
  TargetBusyError,
} from "../../../client/transfer/download-errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { isSystemError, VerbFailure } from "../../session/verb-failure.ts";
import { formatSize } from "../../units.ts";
import { describeCipher } from "../retrieval/deliver-output.ts";
import type { Job } from "../retrieval/jobs.ts";
import { makeFolders, removePartial } from "../retrieval/local-file.ts";
import { type PlacedDownload, placeDownload } from "../retrieval/place-download.ts";
import { checkJob } from "./check-job.ts";
import { decideExisting } from "./existing-file.ts";
import { compareItem } from "./make-plan.ts";
import { placeMembers } from "./place-members.ts";
import type { PlanItem } from "./plan.ts";
import { failItem, note, type PlanRun, remark, runWhileUnfinished } from "./plan-run.ts";

/** Resolves when every item has ended. Throws what ends the whole run. */
export async function fetchItems(run: PlanRun): Promise<void> {
  const { board, session } = run;
  await runWhileUnfinished(run, session.settings.concurrency.value, () => {
    const next = board.takeReady();
    remark(run);
    return next === undefined
      ? { waitMs: Number.POSITIVE_INFINITY }
      : () => fetchItem(run, next.item, next.job);
  });
}

async function fetchItem(run: PlanRun, index: number, job: Job): Promise<void> {
  const { plan, board, counts, bell, session } = run;
  const item = plan.items[index];
  if (item === undefined) {
    return;
  }
  try {
    const tell =
      item.pack === undefined
        ? await placeArchive(run, item, job)
        : await placeMembers(run, { item, pack: item.pack }, job);
    await note(run, { op: "DONE", atMs: session.surroundings.nowMs(), item: index });
    board.end(index);
    tell();
  } catch (error) {
    if (error instanceof OutputExpiredError) {
      counts.expired += 1;
      board.postpone(index);
    } else {
      await failItem(run, index, describeItemFailure(error));
    }
  }
  bell.ring();
}

/** Resolves with what tells of it, once that is noted. */
async function placeArchive(run: PlanRun, item: PlanItem, job: Job): Promise<() => void> {
  const download = await placeItem(run, item, job);
  return () => reportPlaced(run, item, download);
}

/** Puts the file in its place; `undefined` when it was there, or another file stays there. */
async function placeItem(
  run: PlanRun,
  item: PlanItem,
  job: Job,
): Promise<PlacedDownload | undefined> {
  const { plan, session, transfer, progress } = run;
  const components = item.path.split("/");
  const name = components.at(-1) ?? "";
  const folder = await makeFolders(plan.dir, components.slice(0, -1));
  const expected = { ...item, treeHash: item.treeHash ?? job.archiveTreeHash };
  const local = await compareItem(join(folder, name), expected, plan.decryption);
  if (decideExisting(plan.existing, local) === "leave") {
    await removePartial(folder, name);
    return undefined;
  }
  checkJob(item, job);
  const bar = progress.start(item.path, item.sizeBytes);
  try {
    const { call, accountId } = session;
    const { jobId } = job;
    const { archiveId, sizeBytes, modifiedAtMs } = item;
    const vaultName = plan.vaultName;
    return await placeDownload(
      session,
      {
        source: { call, accountId, vaultName, jobId, sizeBytes },
        archiveId,
        treeHash: expected.treeHash,
        target: { folder, name },
        onProgress: (bytes) => bar.advance(bytes),
        modifiedAtMs,
        isArchive: true,
        decryption: plan.decryption,
      },
      transfer,
    );
  } finally {
    bar.end();
  }
}

function reportPlaced(run: PlanRun, item: PlanItem, download: PlacedDownload | undefined): void {
  const { counts, session, plan } = run;
  const { name, archiveId, sizeBytes } = item;
  if (download === undefined) {
    counts.present += 1;
    const { path } = item;
    const event = { event: "present", name, archiveId, path, sizeBytes };
    session.reporter.done(event, `present   ${path}`);
    return;
  }
  counts.restored += 1;
  counts.restoredBytes += sizeBytes;
  counts.retries += download.retries;
  const { treeHash, resumedBytes, cipher, isDecrypted } = download;
  // The service may know of an encryption that the catalogue does not.
  const path = download.path.slice(plan.dir.length + 1);
  const encryption = describeCipher(cipher, isDecrypted);
  const file = { name, archiveId, path, sizeBytes, treeHash, resumedBytes };
  session.reporter.done(
    { event: "restored", ...file, ...encryption.event },
    `restored  ${path}  ${formatSize(sizeBytes)}${encryption.text}`,
  );
}

/** No room, no disk: every other item would end so too. */
const FATAL_CODES = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"]);

/** How the item ends; throws what is not of this item alone. */
function describeItemFailure(error: unknown): { readonly status: number; readonly reason: string } {
  if (error instanceof DamagedOutputError) {
    return { status: EXIT.damaged, reason: error.message };
  }
  if (error instanceof TargetBusyError) {
    return { status: EXIT.failed, reason: error.message };
  }
  if (error instanceof VerbFailure) {
    return { status: error.exitCode, reason: error.message };
  }
  if (error instanceof TransportError && error.failure === "not-the-api") {
    return { status: EXIT.failed, reason: error.message };
  }
  const isForItem = error instanceof GlacierServiceError && error.status === 400;
  if (isForItem && error.code === "InvalidParameterValueException") {
    return { status: EXIT.failed, reason: error.message };
  }
  if (isSystemError(error) && !FATAL_CODES.has(error.code ?? "")) {
    return { status: EXIT.failed, reason: error.message };
  }
  throw error;
}
