/** Prices of retrievals, from a file that its user keeps: the program knows none. */
import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { GIB } from "../../../domain/limits.ts";
import type { RetrievalTier } from "../../../domain/retrieval-tier.ts";
import { usageFailure } from "../../session/verb-failure.ts";

const price = z.number().nonnegative("must be 0 or more");
const tierSchema = z.strictObject({
  per_gib: price.default(0),
  per_1000_requests: price.default(0),
});
const fileSchema = z.strictObject({
  /** Three letters, or whatever the user calls it. */
  currency: z.string().min(1).default("USD"),
  /** Transfer out of the service. */
  transfer_per_gib: price.default(0),
  Expedited: tierSchema.optional(),
  Standard: tierSchema.optional(),
  Bulk: tierSchema.optional(),
});

export type PriceFile = z.infer<typeof fileSchema>;

export interface Cost {
  readonly amount: number;
  readonly currency: string;
}

/** The prices of the file's text. Throws a usage `VerbFailure` that names `path` and every mistake. */
export function parsePrices(text: string, path: string): PriceFile {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw error;
    }
    throw usageFailure(
      `${path} can't be read: line ${error.line}: ${error.message.split("\n", 1)[0]}`,
    );
  }
  const result = fileSchema.safeParse(value);
  if (!result.success) {
    const mistakes = result.error.issues.map(
      (issue) => `  ${issue.path.join(".") || "the file"}: ${issue.message}`,
    );
    throw usageFailure([`${path} has mistakes:`, ...mistakes].join("\n"));
  }
  return result.data;
}

/** What retrieval and transfer cost; `undefined` when the file, or its tier, is missing. */
export function computeCost(
  prices: PriceFile | undefined,
  asked: { readonly tier: RetrievalTier; readonly bytes: number; readonly requests: number },
): Cost | undefined {
  const tier = prices?.[asked.tier];
  if (prices === undefined || tier === undefined) {
    return undefined;
  }
  const gib = asked.bytes / GIB;
  const amount =
    gib * (tier.per_gib + prices.transfer_per_gib) +
    (asked.requests / 1000) * tier.per_1000_requests;
  return { amount, currency: prices.currency };
}
