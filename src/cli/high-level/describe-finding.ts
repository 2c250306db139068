/** A finding of `fsck` as a line of text. */
import type { KnownDamage } from "../../client/admin-client.ts";
import type { AdminEvent } from "../../client/admin-stream.ts";

interface ShownProblem {
  readonly Text: string;
  readonly FirstByte: number;
  readonly LastByte: number;
  readonly FirstMiB: number;
  readonly LastMiB: number;
  readonly BlobId: string | null;
}

interface ShownSum {
  readonly Archives: number;
  readonly Bytes: number | bigint;
}

/** Names what is damaged, where, and which MiB of it. */
export function describeFinding(event: AdminEvent): string {
  if (event.Event === "Repaired") {
    return `put back blob ${event["BlobId"]} of ${describeOwner(event)} (${event["Copies"]})`;
  }
  switch (event["Kind"]) {
    case "ArchiveDamaged":
      return `damaged archive ${event["ArchiveId"]} in ${describeVault(event)}: ${describeProblems(event)}`;
    case "UploadDamaged":
      return `damaged upload ${event["UploadId"]} in ${describeVault(event)}: ${describeProblems(event)}`;
    case "OutputDamaged": {
      const archive =
        event["ArchiveId"] === null ? "" : ` (of archive ${event["ArchiveId"]}, deleted)`;
      return `damaged output of job ${event["JobId"]}${archive} in ${describeVault(event)}: ${describeProblems(event)}`;
    }
    case "CountersWrong": {
      const whose = event["Counters"] === "live" ? "counters" : "counters of the last inventory";
      // By the operations API, version 1.
      const [recorded, counted] = [event["Recorded"], event["Counted"]] as unknown as ShownSum[];
      return `wrong ${whose} of ${describeVault(event)}: ${describeSum(recorded)} recorded, ${describeSum(counted)} counted`;
    }
    case "BlobUnexplained":
      return `unexplained blob ${event["BlobId"]}: no metadata name it, nor its boot ${event["Boot"]}; are the metadata older than the blobs?`;
    case "BlobDamaged": {
      // By the operations API, version 1.
      const failures = event["Failures"] as unknown as readonly { Copy: string; Text: string }[];
      const reasons = failures.map(({ Copy, Text }) => `${Copy} can't be written: ${Text}`);
      const problems = describeProblems({ ...event, OmittedProblems: 0 });
      return `not put back: blob ${event["BlobId"]} of ${describeOwner(event)}: ${[problems, ...reasons].filter((text) => text !== "").join("; ")}`;
    }
    case "DatabaseDamaged":
      return `damaged metadata file: ${event["Text"]}`;
    default:
      return JSON.stringify(event);
  }
}

/** Known damage as a line of text. */
export function describeKnownDamage(damage: KnownDamage): string {
  const vault = `vault ${damage.AccountId}/${damage.Region}/${damage.VaultName}`;
  const seen = `first seen ${damage.FirstSeen}, last seen ${damage.LastSeen}`;
  return `damaged archive ${damage.ArchiveId} in ${vault}: ${describeProblem(damage)}; ${seen}`;
}

function describeOwner(event: AdminEvent): string {
  return event["ArchiveId"] === null
    ? "an upload or a job's output"
    : `archive ${event["ArchiveId"]} in ${describeVault(event)}`;
}

function describeVault(event: AdminEvent): string {
  return `vault ${event["AccountId"]}/${event["Region"]}/${event["VaultName"]}`;
}

function describeProblems(event: AdminEvent): string {
  // By the operations API, version 1.
  const problems = event["Problems"] as unknown as readonly ShownProblem[];
  const omitted = Number(event["OmittedProblems"]);
  const more = omitted > 0 ? [`and ${omitted} more`] : [];
  return [...problems.map(describeProblem), ...more].join("; ");
}

function describeProblem(problem: ShownProblem): string {
  const { FirstMiB, LastMiB, FirstByte, LastByte, BlobId } = problem;
  const where = FirstMiB === LastMiB ? `MiB ${FirstMiB}` : `MiB ${FirstMiB} to ${LastMiB}`;
  const blob = BlobId === null ? "" : `, blob ${BlobId}`;
  return `${problem.Text} (${where}, bytes ${FirstByte}-${LastByte}${blob})`;
}

function describeSum(sum: ShownSum | undefined): string {
  return sum === undefined ? "nothing" : `${sum.Archives} archives of ${sum.Bytes} bytes`;
}
