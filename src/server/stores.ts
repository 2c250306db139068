/** Opens what the service keeps: audit log, data folder, root identity, metadata and blobs, and begins a boot. */

import { openAuditFile } from "../adapters/audit-file/audit-file.ts";
import { noAudit } from "../adapters/audit-file/no-audit.ts";
import { describeHashing, findDuplicate } from "../adapters/blobs-filesystem/accelerator.ts";
import { openRootCredentials } from "../adapters/credentials-file/credentials-file.ts";
import { createStoredCredentials } from "../adapters/credentials-stored/stored-credentials.ts";
import { createIdentifiers } from "../adapters/identifiers/identifiers.ts";
import { createIdentitySource } from "../adapters/identifiers/identity-source.ts";
import { openSqliteMetadata } from "../adapters/metadata-sql/sqlite.ts";
import { createPrometheusMetrics } from "../adapters/metrics-prometheus/metrics-prometheus.ts";
import { findFileSender } from "../adapters/native-sendfile/native-file-sender.ts";
import { openFilesystemResults } from "../adapters/results-filesystem/filesystem-results.ts";
import { createS3Results } from "../adapters/results-s3/s3-results.ts";
import { createTextCipher } from "../adapters/secret-cipher/keyring-ciphers.ts";
import { createSystemClock } from "../adapters/system-clock/system-clock.ts";
import type { AccountId } from "../domain/ids.ts";
import { beginBoot } from "../engine/maintenance/begin-boot.ts";
import { takeOver } from "../engine/maintenance/take-over.ts";
import { tryDetaching } from "../http/try-detaching.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdentityStore } from "../ports/identity-store.ts";
import type { Logger } from "../ports/logger.ts";
import type { ResultStore } from "../ports/result-store.ts";
import { sha256 } from "../std/hasher-node.ts";
import { openDataFolder } from "./data-folder.ts";
import { openBlobEncryption, openKeySettings } from "./encryption.ts";
import { loadFolderKeys } from "./master-keys.ts";
import { openBlobs } from "./open-blobs.ts";
import type { Openings } from "./openings.ts";
import { openSecretCipher } from "./secrets.ts";
import type { Settings } from "./settings.ts";

const LENT = "lent connections";

/** Everything that remembers, and what every part of the service shares. */
export async function openStores(settings: Settings, logger: Logger, openings: Openings) {
  const clock = createSystemClock();
  const source = createIdentitySource();
  const nativeParts = findNativeParts(settings, logger);
  const folder = await openings.open("data folder", openDataFolder(settings.dataDir), (it) =>
    it.close(),
  );
  const audit = settings.audit
    ? await openings.open(
        "audit log",
        openAuditFile({ folder: folder.auditPath, clock, logger }),
        (it) => it.close(),
      )
    : noAudit;
  const identity = await openRootCredentials({
    ...settings.root,
    path: folder.rootCredentialsPath,
    source,
    logger,
  });
  const keys = await loadFolderKeys(folder, openKeySettings(settings.encryption), logger);
  const texts = keys && createTextCipher(keys.keyring);
  const metadata = await openings.open(
    "metadata",
    openSqliteMetadata({ file: folder.metadataPath, logger, texts, onLost: endAtOnce }),
    (it) => it.close(),
  );
  const { identities } = metadata;
  const cipher = await openSecretCipher({
    keys,
    ownPath: folder.secretsKeyPath,
    signingKeyPath: folder.signingKeyPath,
    metadata,
    logger,
  });
  const encryption = keys && (await openBlobEncryption(keys, { folder, metadata, logger }));
  await ensureAccount(identity.root.accountId, identities, clock);
  const native = await nativeParts;
  const prometheus = createPrometheusMetrics(native);
  const { blobs, small, copies, rotation, mirror, tellSuspects } = await openBlobs({
    settings,
    folder,
    metadata,
    clock,
    logger,
    encryption,
    isLent: native.receiving === LENT,
    openings,
  });
  const results = await openings.open("results", openResults(settings, folder.bucketsPath), (it) =>
    it.close(),
  );
  const boot = await beginBoot({ metadata, blobs, clock });
  await takeOver({ metadata, blobs, clock, logger }, settings.inventory);
  const ids = createIdentifiers({ clock, boot });
  const { metrics } = prometheus;
  return {
    shared: { metadata, blobs, results, ids, clock, logger, metrics, sha256, audit },
    boot,
    small,
    copies,
    mirror,
    tellSuspects,
    folder,
    identity,
    credentials: createStoredCredentials({ first: identity.store, identities, cipher }),
    cipher,
    source,
    keys,
    encryption,
    rotation,
    ...native,
    renderMetrics: () => prometheus.render(),
  };
}

/** What may be native: who hashes uploads, who receives them, and who sends downloads. Never rejects. */
async function findNativeParts(settings: Settings, logger: Logger) {
  const { nativeHashing, nativeSending } = settings;
  const fileSender = findFileSender(nativeSending);
  const sending = fileSender === undefined ? "copying" : "sendfile";
  const receiving = (await lendsConnections(settings, logger)) ? LENT : "chunks";
  return { hashing: describeHashing(nativeHashing), fileSender, sending, receiving };
}

/** Whether storage may read bodies from their connections: a matter of what Node.js is like inside. */
async function lendsConnections({ nativeReceiving }: Settings, logger: Logger): Promise<boolean> {
  if (!nativeReceiving || findDuplicate() === undefined) {
    return false;
  }
  const reason = await tryDetaching();
  if (reason !== undefined) {
    const { version } = process;
    logger.warn({ reason, version }, "this Node.js lends no connections; bodies come in chunks");
  }
  return reason === undefined;
}

/** Nobody may be told anything more, not even that the service stops. What is left is what a kill leaves. */
function endAtOnce(): never {
  process.exit(1);
}

async function openResults({ jobs }: Settings, folder: string): Promise<ResultStore> {
  const { s3Endpoint } = jobs;
  return s3Endpoint === undefined
    ? await openFilesystemResults({ folder })
    : createS3Results({ endpoint: s3Endpoint });
}

/** The operator's account is one like any other; its id may change with the settings. */
async function ensureAccount(
  accountId: AccountId,
  identities: IdentityStore,
  clock: Clock,
): Promise<void> {
  if ((await identities.findAccount(accountId)) === undefined) {
    await identities.insertAccount({ accountId, createdAtMs: clock.nowMs() });
  }
}

export type Stores = Awaited<ReturnType<typeof openStores>>;
