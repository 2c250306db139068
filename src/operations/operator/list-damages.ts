/** An operator's action: damage of archives that is known, page by page. */
import { validationError } from "../../domain/management-error.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import { renderDamage, type ShownDamage } from "./render-damage.ts";

export interface DamagesQuestion {
  /** Of the page before; `null` for the first page. */
  readonly marker: string | null | undefined;
  /** `true` for repaired damage too. */
  readonly repaired: string | null | undefined;
}

export interface ListedDamages {
  readonly Damages: readonly ShownDamage[];
  /** For the next page; null after the last. */
  readonly Marker: string | null;
}

const PAGE = 1_000;

/** Throws `ManagementError` `ValidationError`. */
export async function listDamages(
  { marker, repaired }: DamagesQuestion,
  { metadata }: { readonly metadata: MetadataStore },
): Promise<ListedDamages> {
  if (![undefined, null, "true", "false"].includes(repaired)) {
    throw validationError(`repaired must be true or false; got ${JSON.stringify(repaired)}`);
  }
  if (typeof marker === "string" && !/^\d{1,15}$/.test(marker)) {
    throw validationError(`marker must be one of an earlier page; got ${JSON.stringify(marker)}`);
  }
  const page = await metadata.damages.listPage({
    fromDamageId: Number(marker ?? 0),
    withRepaired: repaired === "true",
    limit: PAGE + 1,
  });
  const next = page[PAGE];
  return {
    Damages: page.slice(0, PAGE).map(renderDamage),
    Marker: next === undefined ? null : String(next.damageId),
  };
}
