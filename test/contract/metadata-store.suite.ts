/** The contract of `MetadataStore`: every adapter must pass all of it. */
import { describe } from "node:test";
import { describeArchives } from "./metadata-store-archives.ts";
import type { OpenMetadata } from "./metadata-store-harness.ts";
import { describeJobs } from "./metadata-store-jobs.ts";
import { describeManifests } from "./metadata-store-manifests.ts";
import { describeTransactions } from "./metadata-store-transactions.ts";
import { describeUploads } from "./metadata-store-uploads.ts";
import { describeVaults } from "./metadata-store-vaults.ts";

/** Declares the contract tests for the adapter that `open` opens, an empty store for each. */
export function describeMetadataStore(name: string, open: OpenMetadata): void {
  describe(name, () => {
    describeTransactions(open);
    describeVaults(open);
    describeArchives(open);
    describeManifests(open);
    describeUploads(open);
    describeJobs(open);
  });
}
