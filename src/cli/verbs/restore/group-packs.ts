/** Joins the files that lie in one pack into one item of a plan: one job brings them all. Pure. */
import { rangeLength } from "../../../domain/byte-range.ts";
import type { Catalog, CatalogEntry } from "../../catalog/catalog.ts";
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { decidePackRange } from "../retrieval/pack-members.ts";
import type { PlanItem, PlanMember } from "./plan.ts";

/** A file that is to be restored from a pack. */
export interface WantedMember extends PlanMember {
  readonly packId: string;
}

/** An item for each pack. Throws a `VerbFailure` when the catalogue lacks the pack itself. */
export function groupByPack(
  members: readonly WantedMember[],
  catalog: Pick<Catalog, "entries">,
): PlanItem[] {
  const byPack = Map.groupBy(members, ({ packId }) => packId);
  return [...byPack].map(([packId, wanted]) => {
    const pack = getPack(catalog, packId);
    const range = decidePackRange(wanted, pack.sizeBytes);
    const isWhole = rangeLength(range) === pack.sizeBytes;
    return {
      archiveId: packId,
      sizeBytes: rangeLength(range),
      treeHash: isWhole ? pack.treeHash : undefined,
      modifiedAtMs: undefined,
      name: pack.name,
      path: pack.name,
      cipher: undefined,
      pack: {
        range: isWhole ? undefined : range,
        packBytes: pack.sizeBytes,
        members: wanted.map(
          ({ name, path, offset, sizeBytes, treeHash, modifiedAtMs, mode }): PlanMember => ({
            ...{ name, path, offset, sizeBytes, treeHash, modifiedAtMs, mode },
          }),
        ),
      },
    };
  });
}

/** The pack as an archive. Throws a `VerbFailure` when the catalogue lacks it. */
export function getPack(catalog: Pick<Catalog, "entries">, packId: string): CatalogEntry {
  const pack = catalog.entries.get(packId);
  if (pack === undefined) {
    throw new VerbFailure(
      EXIT.failed,
      `the catalogue knows files in the pack ${packId}, and not the pack: \`moraine catalog rebuild\` adds it`,
    );
  }
  return pack;
}
