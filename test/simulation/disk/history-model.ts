/** What clients were told, and what may be so because nobody was told. */
import type { Payload } from "../../support/payload.ts";

/** `InDoubt`: asked for by a client that got no answer; both outcomes are right until one was seen. */
export type Presence = "Present" | "Absent" | "InDoubt";

export interface ModelVault {
  readonly name: string;
  presence: Presence;
  /** Tags by key; the values that a key may have, `undefined` for none. */
  readonly tags: Map<string, Set<string | undefined>>;
  /** States that the lock may be in. */
  lockStates: Set<"None" | "InProgress" | "Locked">;
  lockId: string | undefined;
}

/** An archive, named by a description that no other has. */
export interface ModelArchive {
  readonly description: string;
  readonly vault: ModelVault;
  readonly payload: Payload;
  presence: Presence;
  /** Whether a deletion was ever asked for. */
  deletionAsked: boolean;
  archiveId: string | undefined;
}

export interface ModelUpload {
  readonly description: string;
  readonly vault: ModelVault;
  uploadId: string | undefined;
  presence: Presence;
  /** What each part may be, by its start; `undefined` for absent. */
  readonly parts: Map<number, Set<Payload | undefined>>;
}

export interface ModelJob {
  readonly description: string;
  readonly vault: ModelVault;
  /** Of what is retrieved or queried; an inventory has none. */
  readonly archive: ModelArchive | undefined;
  readonly kind: "archive" | "inventory" | "select";
  readonly isFailingQuery: boolean;
  /** From where to where of the archive. */
  readonly range: { readonly start: number; readonly endExclusive: number } | undefined;
  jobId: string | undefined;
  presence: Presence;
  ended: "Succeeded" | "Failed" | undefined;
  /** The inventory as it was first served. */
  output: Uint8Array | undefined;
}

export class HistoryModel {
  readonly vaults: ModelVault[] = [];
  readonly archives: ModelArchive[] = [];
  readonly uploads: ModelUpload[] = [];
  readonly jobs: ModelJob[] = [];
  acknowledged = 0;
  refused = 0;
  inDoubt = 0;

  presentVaults(): ModelVault[] {
    return this.vaults.filter((vault) => vault.presence === "Present");
  }

  presentArchives(): ModelArchive[] {
    return this.archives.filter(({ presence }) => presence === "Present");
  }

  presentUploads(): ModelUpload[] {
    return this.uploads.filter(({ presence }) => presence === "Present");
  }
}
