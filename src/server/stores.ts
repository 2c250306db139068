/** Opens what the service keeps: data folder, root identity, metadata and blobs, and begins a boot. */
import { openFilesystemBlobs } from "../adapters/blobs-filesystem/filesystem-blobs.ts";
import { openRootCredentials } from "../adapters/credentials-file/credentials-file.ts";
import { createIdentifiers } from "../adapters/identifiers/identifiers.ts";
import { openSqliteMetadata } from "../adapters/metadata-sql/sqlite.ts";
import { createPrometheusMetrics } from "../adapters/metrics-prometheus/metrics-prometheus.ts";
import { createSystemClock } from "../adapters/system-clock/system-clock.ts";
import { beginBoot } from "../engine/maintenance/begin-boot.ts";
import type { Logger } from "../ports/logger.ts";
import { sha256 } from "../std/hasher-node.ts";
import type { Settings } from "./config.ts";
import { openDataFolder } from "./data-folder.ts";
import type { Openings } from "./openings.ts";

/** Everything that remembers, and what every part of the service shares. */
export async function openStores(settings: Settings, logger: Logger, openings: Openings) {
  const clock = createSystemClock();
  const prometheus = createPrometheusMetrics();
  const folder = await openings.open("data folder", openDataFolder(settings.dataDir), (it) =>
    it.close(),
  );
  const identity = await openRootCredentials({
    ...settings.root,
    path: folder.rootCredentialsPath,
    logger,
  });
  const metadata = await openings.open(
    "metadata",
    openSqliteMetadata({ file: folder.metadataPath, logger }),
    (it) => it.close(),
  );
  const blobs = await openings.open(
    "blobs",
    openFilesystemBlobs({ folder: folder.blobsPath, logger }),
    (it) => it.close(),
  );
  const boot = await beginBoot({ metadata, blobs, clock });
  const ids = createIdentifiers({ clock, boot });
  const { metrics } = prometheus;
  return {
    shared: { metadata, blobs, ids, clock, logger, metrics, sha256 },
    boot,
    folder,
    identity,
    renderMetrics: () => prometheus.render(),
  };
}

export type Stores = Awaited<ReturnType<typeof openStores>>;
