/** Decides on small archives that wait at the same time, and hands those that are not refused over as one batch. */
import type { Vault } from "../../domain/vault.ts";
import type { DecideSmallArchive } from "../../ports/small-archives.ts";
import type { TextCipher } from "../../ports/text-cipher.ts";
import {
  type ArchiveBatch,
  countRows,
  type PlacedArchive,
  packArchives,
  type VaultChange,
} from "./archive-batch.ts";
import type { ArchiveCommitter, BatchOutcome } from "./archive-committer.ts";
import { textContexts } from "./queries/sealed-texts.ts";

/** An archive that waits to be added. */
export interface Addition {
  readonly vaultId: number;
  readonly decide: DecideSmallArchive;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a group: with the rows that were changed, and what `decide` threw, where it did. */
export type AddedGroup =
  | (Committed & { readonly rows: number; readonly refusals: ReadonlyMap<Addition, unknown> })
  | Exclude<BatchOutcome, Committed>;

type Committed = Extract<BatchOutcome, { kind: "committed" }>;

/** Does the work of a group; `findVault` reads what is committed, to which nothing may be added meanwhile. */
export interface ArchiveAdder {
  add(group: readonly Addition[]): Promise<AddedGroup>;
  close(): Promise<void>;
}

export function createArchiveAdder(parts: {
  readonly findVault: (vaultId: number) => Promise<Vault | undefined>;
  readonly committer: ArchiveCommitter;
  readonly texts: TextCipher;
}): ArchiveAdder {
  const { findVault, committer, texts } = parts;
  return {
    add: async (group) => {
      const vaults = new Map<number, Vault | undefined>();
      for (const { vaultId } of group) {
        if (!vaults.has(vaultId)) {
          vaults.set(vaultId, await findVault(vaultId));
        }
      }
      const { batch, refusals } = decideGroup(group, vaults, texts);
      if (batch === undefined) {
        return { kind: "committed", isDurable: true, rows: 0, refusals };
      }
      const rows = countRows(batch);
      const outcome = await committer.commit(batch);
      return outcome.kind === "committed" ? { ...outcome, rows, refusals } : outcome;
    },
    close: () => committer.close(),
  };
}

/** No batch when every addition is refused. */
function decideGroup(
  group: readonly Addition[],
  vaults: ReadonlyMap<number, Vault | undefined>,
  texts: TextCipher,
): { readonly batch: ArchiveBatch | undefined; readonly refusals: ReadonlyMap<Addition, unknown> } {
  const placed: PlacedArchive[] = [];
  const refusals = new Map<Addition, unknown>();
  const changes = new Map<number, VaultChange>();
  for (const addition of group) {
    const { vaultId } = addition;
    const vault = vaults.get(vaultId);
    try {
      const archive = addition.decide(vault);
      const before = changes.get(vaultId) ?? noChange(vaultId, vault?.changeSequence ?? 0);
      const createdSequence = before.toSequence + 1;
      const { description: text, archiveId } = archive;
      const description =
        text === undefined ? null : texts.seal(text, textContexts.archive(archiveId));
      placed.push({ vaultId, createdSequence, archive, description });
      changes.set(vaultId, {
        ...before,
        archiveCount: before.archiveCount + 1,
        archiveBytes: before.archiveBytes + BigInt(archive.sizeBytes),
        toSequence: createdSequence,
        inventoryDueAtMs: before.inventoryDueAtMs ?? archive.inventoryDueAtMs ?? null,
      });
    } catch (error) {
      refusals.set(addition, error);
    }
  }
  const batch = placed.length === 0 ? undefined : packArchives(placed, [...changes.values()]);
  return { batch, refusals };
}

function noChange(vaultId: number, fromSequence: number): VaultChange {
  const sums = { archiveCount: 0, archiveBytes: 0n, inventoryDueAtMs: null };
  return { vaultId, ...sums, fromSequence, toSequence: fromSequence };
}
