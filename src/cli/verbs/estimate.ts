/** `moraine estimate`: what a restore would take, without asking for anything. */
import { readFile } from "node:fs/promises";
import { Option } from "commander";
import { RETRIEVAL_TIERS, type RetrievalTier } from "../../domain/retrieval-tier.ts";
import { readCatalog } from "../catalog/open-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { GlobalFlags } from "../session/global-flags.ts";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { formatCount, formatDuration, formatSize } from "../units.ts";
import { type Cost, computeCost, type PriceFile, parsePrices } from "./estimate/prices.ts";
import { groupByPack } from "./restore/group-packs.ts";
import { type Batches, planBatches } from "./restore/hour-budget.ts";
import { findPolicyRoom, smallerLimit } from "./retrieval/retrieval-policy.ts";
import { selectArchives } from "./retrieval/select-archives.ts";
import { AWS_HOURS } from "./retrieval/tier-times.ts";

interface EstimateOptions extends GlobalFlags {
  readonly tier?: RetrievalTier;
  readonly prices?: string;
}

const EXAMPLES = `
Times are those of AWS; another service has the delays it is set to, and does not tell them. Money is
computed from the file that --prices names: bytes times per_gib and transfer_per_gib, requests times
per_1000_requests / 1000; without it no prices are known. Storage and provisioned capacity are not in it.
Files of one pack come with one request. docs/guide/prices.toml shows
its form.

Examples:
  moraine estimate family
  moraine estimate 'family/photos/**' --tier Bulk --max-rate 50GiB/h
  moraine estimate family --prices prices.toml
`;

export const estimate = createVerb("estimate", (command, { withSession }) => {
  command
    .description(
      "Tell what a restore would take: requests, bytes, time, and money if prices are given.",
    )
    .argument("<VAULT[/GLOB]>", "The archives: all of a vault, a folder of it, a name or a glob.")
    .addOption(new Option("--tier <tier>", "Only this tier.").choices(RETRIEVAL_TIERS))
    .option("--prices <file>", "Prices, TOML.")
    .addHelpText("after", EXAMPLES);
  withSession<[string], EstimateOptions>(command, async (session, { words: [word], options }) => {
    const { settings, reporter } = session;
    const prices = await loadPrices(options.prices);
    const { vaultName, path } = parseVaultPath(word, settings);
    const vault = await describeVault(session, vaultName);
    const catalog = await readCatalog(session, vault);
    const files = selectArchives(catalog, { path });
    const members = files.flatMap((file) => {
      const { name, packed, treeHash = "" } = file;
      return packed === undefined ? [] : [{ ...file, ...packed, path: name, treeHash }];
    });
    // Files of one pack come with one retrieval.
    const archives = [
      ...files.filter(({ packed }) => packed === undefined),
      ...groupByPack(members, catalog),
    ];
    const sizes = archives.map(({ sizeBytes }) => sizeBytes);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    reporter.data(
      { event: "match", vault: vaultName, archives: archives.length, bytes },
      `Match   ${formatCount(archives.length, "archive")} · ${formatSize(bytes)} · ${formatCount(archives.length, "request")}`,
    );
    for (const tier of options.tier === undefined ? RETRIEVAL_TIERS : [options.tier]) {
      const room = await findPolicyRoom(session, tier);
      const asked =
        settings.maxRate.value === undefined ? undefined : settings.maxRate.value * 3600;
      const bytesPerHour = smallerLimit(asked, room.bytesPerHour);
      const batches = planBatches(sizes, bytesPerHour);
      const cost = computeCost(prices, { tier, bytes, requests: archives.length });
      reporter.data(
        {
          event: "estimate",
          tier,
          awsTime: AWS_HOURS[tier],
          policy: room.strategy,
          bytesPerHour,
          batches: batches.count,
          hoursUnderBudget: batches.spanMs / 3_600_000,
          cost: cost?.amount,
          currency: cost?.currency,
        },
        formatTier(tier, { bytesPerHour, batches, cost, policy: room.text }),
      );
    }
    if (prices === undefined) {
      reporter.note("Prices  none known: --prices FILE.toml gives them");
    }
    return archives.length === 0 ? EXIT.failed : EXIT.ok;
  });
});

async function loadPrices(path: string | undefined): Promise<PriceFile | undefined> {
  return path === undefined ? undefined : parsePrices(await readFile(path, "utf8"), path);
}

function formatTier(
  tier: RetrievalTier,
  known: {
    readonly bytesPerHour: number | undefined;
    readonly batches: Batches;
    readonly cost: Cost | undefined;
    readonly policy: string;
  },
): string {
  const { bytesPerHour, batches, cost, policy } = known;
  const { count, spanMs } = batches;
  const parts = [
    `first ready in ${AWS_HOURS[tier]} (AWS)`,
    ...(bytesPerHour === undefined
      ? ["all at once"]
      : [
          `${count} ${count === 1 ? "batch" : "batches"} under ${formatSize(bytesPerHour)}/h, ` +
            `the last one ${formatDuration(spanMs)} after the first`,
        ]),
    `policy: ${policy}`,
    ...(cost === undefined ? [] : [`${cost.amount.toFixed(2)} ${cost.currency}`]),
  ];
  return `${tier.padEnd(10)}${parts.join(" · ")}`;
}
