/** The stores of all nouns over one connection. */
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { makeArchiveStore } from "./queries/archives.ts";
import { makeBootStore } from "./queries/boots.ts";
import { makeJobStore } from "./queries/jobs.ts";
import { makeManifestStore } from "./queries/manifests.ts";
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
  };
}
