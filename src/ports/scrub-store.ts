/** What the scrub reads of the metadata, how far its walks are, and the damage that it found. */
import type { Archive, ManifestPart } from "../domain/archive.ts";
import type { Damage } from "../domain/damage.ts";
import type { BlobId, ManifestId } from "../domain/ids.ts";
import type { VaultKey } from "../domain/vault.ts";

/** A part with the manifest that it belongs to. */
export interface StoredPart extends ManifestPart {
  readonly manifestId: ManifestId;
}

/** `scrub` verifies every blob again and again; `fill` brings every blob into a new mirror, once. */
export type WalkName = "scrub" | "fill";

/** How far a walk over all blobs is. Blobs are walked in the order of their ids, so later ones come last. */
export interface Walk {
  readonly name: WalkName;
  /** What is walked for: the id of the mirror that is filled, empty for the scrub. */
  readonly target: string;
  /** Counts from 1. */
  readonly pass: number;
  readonly startedAtMs: number;
  /** All blobs up to this one are done; `undefined` before the first. */
  readonly position: BlobId | undefined;
  /** Set when the pass came to its end. */
  readonly endedAtMs: number | undefined;
  /** When the pass before began, which came to its end; `undefined` for the first. */
  readonly previousStartedAtMs: number | undefined;
}

export interface ScrubStore {
  /**
   * Parts by blob id, from the one after `after` on: of archives, uploads and outputs. Manifests that are garbage
   * and not pinned have none: the collector may be removing their blobs.
   */
  listParts(page: {
    readonly after: BlobId | undefined;
    readonly limit: number;
  }): Promise<readonly StoredPart[]>;
  /** The part that the blob holds, if `listParts` would list it. */
  findPart(blobId: BlobId): Promise<StoredPart | undefined>;
  /** The live archive that the manifest belongs to. */
  findArchive(manifestId: ManifestId): Promise<Archive | undefined>;
  findWalk(name: WalkName): Promise<Walk | undefined>;
  /** Replaces what is stored of the walk of this name. */
  saveWalk(walk: Walk): Promise<void>;
}

/** Damage with the vault of its archive. */
export type ListedDamage = Damage & VaultKey;

/** Records of damage of live archives; those of an archive go with it (`ArchiveStore.markDeleted`). */
export interface DamageStore {
  /** Open records of what lies in the blob, by their first byte. */
  listOpen(blobId: BlobId): Promise<readonly Damage[]>;
  insert(damage: Omit<Damage, "damageId">): Promise<void>;
  /** Replaces kind, range, last sight and repair of the record. */
  update(damage: Damage): Promise<void>;
  /** By id, from `fromDamageId` (inclusive) on; repaired ones only when asked for. */
  listPage(page: {
    readonly fromDamageId: number;
    readonly withRepaired: boolean;
    readonly limit: number;
  }): Promise<readonly ListedDamage[]>;
  /** Blobs with open records, by id, from the one after `after` on. */
  listDamagedBlobs(page: {
    readonly after: BlobId | undefined;
    readonly limit: number;
  }): Promise<readonly BlobId[]>;
  /** How many archives have open records. */
  countArchives(): Promise<number>;
}
