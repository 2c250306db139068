/** A restore as it is saved: which archives go where, and what became of each. */

import type { ByteRange } from "../../../domain/byte-range.ts";
import type { RetrievalTier } from "../../../domain/retrieval-tier.ts";
import type { Cipher } from "../retrieval/ciphers.ts";
import type { Decryption } from "../retrieval/decrypt.ts";
import type { MemberToTake } from "../retrieval/pack-members.ts";

/** What is done where another file has the target's name. */
export type ExistingFiles = "keep" | "overwrite" | "skip";

export interface PlanItem {
  readonly archiveId: string;
  readonly sizeBytes: number;
  readonly treeHash: string | undefined;
  /** Epoch milliseconds. */
  readonly modifiedAtMs: number | undefined;
  /** In the catalogue. */
  readonly name: string;
  /** Below `dir`, components joined by `/`; see `mapPaths`. */
  readonly path: string;
  /** Absent for an archive that is not encrypted, as far as the catalogue knows. */
  readonly cipher: Cipher | undefined;
  /** Present for a pack of which files are restored; then `sizeBytes` is what is retrieved. */
  readonly pack?: PlanPack | undefined;
}

/** What is wanted of a pack. */
export interface PlanPack {
  /** Absent when the whole pack is retrieved. */
  readonly range: ByteRange | undefined;
  readonly packBytes: number;
  readonly members: readonly PlanMember[];
}

/** A file in a pack. */
export interface PlanMember extends MemberToTake {
  readonly path: string;
  readonly modifiedAtMs: number | undefined;
  /** Permission bits. */
  readonly mode: number;
}

export interface RestorePlan {
  /** `r-` and eight hex digits. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly vaultName: string;
  readonly vaultArn: string;
  /** Absolute. */
  readonly dir: string;
  readonly tier: RetrievalTier;
  readonly bytesPerHour: number | undefined;
  readonly existing: ExistingFiles;
  /** Absent when encrypted archives stay encrypted. */
  readonly decryption: Decryption | undefined;
  readonly items: readonly PlanItem[];
}

/** What happened to the item with the index `item`. */
export type PlanRecord =
  | {
      readonly op: "REQUESTED";
      readonly atMs: number;
      readonly item: number;
      readonly jobId: string;
      /** Counts the jobs of the item, from 1 on. */
      readonly request: number;
      /** A job that was there already, which takes nothing from the budget. */
      readonly isFound: boolean;
    }
  | { readonly op: "DONE"; readonly atMs: number; readonly item: number }
  | {
      readonly op: "FAILED";
      readonly atMs: number;
      readonly item: number;
      readonly status: number;
      readonly reason: string;
    };

/** The description of a job of the plan, by which it is found when its id was not saved. */
export function formatMarker(plan: { readonly id: string }, archiveId: string, request: number) {
  return `moraine restore ${plan.id} ${archiveId} ${request}`;
}

/** The archive and the number of the request in a marker of the plan. */
export function findMarker(
  plan: { readonly id: string },
  description: string | undefined,
): { readonly archiveId: string; readonly request: number } | undefined {
  const match = /^moraine restore (r-[0-9a-f]+) ([\w-]+) (\d{1,6})$/.exec(description ?? "");
  const [, id, archiveId = "", request = ""] = match ?? [];
  return id === plan.id ? { archiveId, request: Number(request) } : undefined;
}
