/** The contract of `MetadataStore`: every adapter must pass all of it. */
import { describe } from "node:test";
import { describeArchives } from "./metadata-store-archives.ts";
import type { OpenMetadata } from "./metadata-store-harness.ts";
import { describeIdentities } from "./metadata-store-identities.ts";
import { describeJobs } from "./metadata-store-jobs.ts";
import { describeManifests } from "./metadata-store-manifests.ts";
import { describeNotifications } from "./metadata-store-notifications.ts";
import { describePolicies } from "./metadata-store-policies.ts";
import { describeQueues } from "./metadata-store-queues.ts";
import { describeScans } from "./metadata-store-scans.ts";
import { describeScrub } from "./metadata-store-scrub.ts";
import { describeSmallArchives } from "./metadata-store-small-archives.ts";
import { describeSmallBlobs } from "./metadata-store-small-blobs.ts";
import { describeTransactions } from "./metadata-store-transactions.ts";
import { describeUploads } from "./metadata-store-uploads.ts";
import { describeVaults } from "./metadata-store-vaults.ts";

/** Declares the contract tests for the adapter that `open` opens, an empty store for each. */
export function describeMetadataStore(name: string, open: OpenMetadata): void {
  describe(name, () => {
    describeTransactions(open);
    describeVaults(open);
    describeArchives(open);
    describeIdentities(open);
    describeManifests(open);
    describeUploads(open);
    describeJobs(open);
    describeNotifications(open);
    describeQueues(open);
    describePolicies(open);
    describeScans(open);
    describeScrub(open);
    describeSmallBlobs(open);
    describeSmallArchives(open);
  });
}
