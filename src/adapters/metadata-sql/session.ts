/** The stores of all nouns over one connection. */
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { makeArchiveStore } from "./queries/archives.ts";
import { makeBootStore } from "./queries/boots.ts";
import { makeCapacityStore } from "./queries/capacity.ts";
import { makeDamageStore } from "./queries/damages.ts";
import { makeDeliveryStore } from "./queries/deliveries.ts";
import { makeIdentityStore } from "./queries/identities.ts";
import { makeJobStore } from "./queries/jobs.ts";
import { makeManifestStore } from "./queries/manifests.ts";
import { makeOutboxStore } from "./queries/outbox.ts";
import { makeQueueStore } from "./queries/queues.ts";
import { makeRetrievalStore } from "./queries/retrievals.ts";
import { makeScanStore } from "./queries/scans.ts";
import { makeScrubStore } from "./queries/scrub.ts";
import { makeSealedStore } from "./queries/sealed-texts.ts";
import { makeSmallBlobStore } from "./queries/small-blobs.ts";
import { makeSubscriptionStore } from "./queries/subscriptions.ts";
import { makeTopicStore } from "./queries/topics.ts";
import { makeUploadStore } from "./queries/uploads.ts";
import { makeVaultStore } from "./queries/vaults.ts";
import type { SqlContext } from "./schema.ts";

export function makeSession(context: SqlContext): MetadataSession {
  return {
    vaults: makeVaultStore(context),
    archives: makeArchiveStore(context),
    manifests: makeManifestStore(context),
    uploads: makeUploadStore(context),
    jobs: makeJobStore(context),
    boots: makeBootStore(context),
    retrievals: makeRetrievalStore(context),
    capacity: makeCapacityStore(context),
    identities: makeIdentityStore(context),
    outbox: makeOutboxStore(context),
    topics: makeTopicStore(context),
    subscriptions: makeSubscriptionStore(context),
    deliveries: makeDeliveryStore(context),
    queues: makeQueueStore(context),
    scans: makeScanStore(context),
    scrub: makeScrubStore(context),
    damages: makeDamageStore(context),
    sealed: makeSealedStore(context),
    smallBlobs: makeSmallBlobStore(context),
  };
}
