/** Puts blobs back whose copies are damaged, from a copy somewhere else that is verified leaf by leaf. */
import type { Archive } from "../../domain/archive.ts";
import type { FoundDamage } from "../../domain/damage.ts";
import type { BlobId } from "../../domain/ids.ts";
import type { Vault } from "../../domain/vault.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { StoredPart } from "../../ports/scrub-store.ts";
import type { Pace } from "../integrity/pace.ts";
import type { BlobSource, CopyFailure } from "./heal-part.ts";
import type { Healer } from "./healer.ts";

const PARTS_PAGE = 32;

/** A second copy of the blobs, on another machine or disk. */
export interface RepairSource {
  /** The blob there; `undefined` when there is none. Throws what keeps it from being looked for. */
  open(part: StoredPart): Promise<BlobSource | undefined>;
  /** Called when the blob is not needed any more. */
  release(blobId: BlobId): Promise<void>;
}

interface RepairPlace {
  readonly part: StoredPart;
  /** `undefined` for parts of uploads and outputs. */
  readonly archive: Archive | undefined;
  readonly vault: Vault | undefined;
}

export type RepairEvent =
  | (RepairPlace & { readonly kind: "Repaired"; readonly copies: readonly string[] })
  | (RepairPlace & {
      readonly kind: "Unrepaired";
      readonly lost: readonly FoundDamage[];
      readonly failures: readonly CopyFailure[];
    });

export interface RepairSums {
  readonly parts: number;
  readonly bytesHashed: number;
  /** Blobs of which a copy was put back. */
  readonly repaired: number;
  readonly repairedBytes: number;
  /** Blobs of which a copy is still damaged. */
  readonly unrepaired: number;
}

export interface RepairReport {
  /** Resolves when the next event may come. */
  event(event: RepairEvent): Promise<void>;
  progress(sums: RepairSums): void;
}

export interface RepairServices {
  readonly metadata: MetadataStore;
  readonly healer: Healer;
  readonly source: RepairSource;
  readonly pace: Pace;
}

/**
 * Verifies every blob, or with `knownOnly` those with known damage, and repairs. Sound blobs are never written; what
 * a crash leaves is told at `rewriteBlob`, and doing all again is no harm. Throws the pace's errors and those of the
 * source and the metadata.
 */
export async function repairBlobs(
  services: RepairServices,
  knownOnly: boolean,
  report: RepairReport,
): Promise<RepairSums> {
  let sums: RepairSums = {
    parts: 0,
    bytesHashed: 0,
    repaired: 0,
    repairedBytes: 0,
    unrepaired: 0,
  };
  const count = (done: Partial<RepairSums>): void => {
    sums = {
      parts: sums.parts + (done.parts ?? 0),
      bytesHashed: sums.bytesHashed + (done.bytesHashed ?? 0),
      repaired: sums.repaired + (done.repaired ?? 0),
      repairedBytes: sums.repairedBytes + (done.repairedBytes ?? 0),
      unrepaired: sums.unrepaired + (done.unrepaired ?? 0),
    };
    report.progress(sums);
  };
  const parts = knownOnly ? listKnown(services.metadata) : listAll(services.metadata);
  for await (const part of parts) {
    await services.pace.step();
    count({ parts: 1 });
    await repairPart(services, part, report, count);
  }
  return sums;
}

async function repairPart(
  services: RepairServices,
  part: StoredPart,
  report: RepairReport,
  count: (done: Partial<RepairSums>) => void,
): Promise<void> {
  const { healer, source, pace } = services;
  let isOpen = false;
  try {
    const { repaired, lost, failures } = await healer.heal(part, {
      pace,
      count: (bytesHashed) => count({ bytesHashed }),
      openSource: async (needed) => {
        isOpen = true;
        return await source.open(needed);
      },
    });
    if (repaired.length === 0 && lost.length === 0 && failures.length === 0) {
      return;
    }
    const place = await findPlace(services.metadata, part);
    if (repaired.length > 0) {
      count({ repaired: 1, repairedBytes: part.sizeBytes });
      await report.event({ ...place, kind: "Repaired", copies: repaired });
    }
    if (lost.length > 0 || failures.length > 0) {
      count({ unrepaired: 1 });
      await report.event({ ...place, kind: "Unrepaired", lost, failures });
    }
  } finally {
    if (isOpen) {
      await source.release(part.blobId);
    }
  }
}

async function findPlace(metadata: MetadataStore, part: StoredPart): Promise<RepairPlace> {
  const archive = await metadata.scrub.findArchive(part.manifestId);
  const vault = archive && (await metadata.vaults.get(archive.vaultId));
  return { part, archive, vault };
}

async function* listAll({ scrub }: MetadataStore): AsyncGenerator<StoredPart, void, void> {
  let after: BlobId | undefined;
  for (;;) {
    const page = await scrub.listParts({ after, limit: PARTS_PAGE });
    if (page.length === 0) {
      return;
    }
    yield* page;
    after = page.at(-1)?.blobId;
  }
}

async function* listKnown(metadata: MetadataStore): AsyncGenerator<StoredPart, void, void> {
  let after: BlobId | undefined;
  for (;;) {
    const page = await metadata.damages.listDamagedBlobs({ after, limit: PARTS_PAGE });
    if (page.length === 0) {
      return;
    }
    for (const blobId of page) {
      const part = await metadata.scrub.findPart(blobId);
      if (part !== undefined) {
        yield part;
      }
    }
    after = page.at(-1);
  }
}
