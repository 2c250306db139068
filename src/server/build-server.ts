/**
 * The composition root: joins settings, adapters, engine, operations and listeners into one service. The server
 * folder is the only one that knows which implementation stands behind a port.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createSelectWorker } from "../adapters/select-worker/select-worker.ts";
import { createSystemClock } from "../adapters/system-clock/system-clock.ts";
import { createSigningKeyCache } from "../auth/sigv4/signing-key.ts";
import type { JobKind } from "../domain/job.ts";
import { createIngest } from "../engine/ingest/ingest.ts";
import { createJobEngine } from "../engine/jobs/scheduler.ts";
import { createCollectionHold } from "../engine/maintenance/collection-hold.ts";
import { createMaintenance } from "../engine/maintenance/maintenance.ts";
import { createScrub, type Scrub } from "../engine/scrub/scrub.ts";
import { handleAdminRequest } from "../http/admin-routes.ts";
import { createApiListener } from "../http/api-listener.ts";
import { BUCKETS_PREFIX, handleBucketRequest } from "../http/bucket-routes.ts";
import { createConsoleListener } from "../http/console-listener.ts";
import type { TlsIdentity } from "../http/http-server.ts";
import type { PipelineServices } from "../http/pipeline.ts";
import { createPolicyDocuments } from "../http/policy-documents.ts";
import { createRequestLimits } from "../http/request-limits.ts";
import { formatJobMessage } from "../operations/format-job-message.ts";
import { handlers } from "../operations/index.ts";
import { management } from "../operations/management.ts";
import type { Logger } from "../ports/logger.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import { hmacSha256, sha256Aside } from "../std/hasher-node.ts";
import { readPackageVersion } from "../std/package-file-node.ts";
import { createInventoryThreads } from "./inventory-threads.ts";
import { addressOf, bindListener, endListener } from "./listeners.ts";
import { isLoopback } from "./loopback.ts";
import { createNotifications, type Notifications } from "./notifications.ts";
import { createOpenings, type Openings } from "./openings.ts";
import { createOperatorServices, type OperatorParts } from "./operator/operator-services.ts";
import { validateIdentityPolicy } from "./policy-validation.ts";
import type { Settings } from "./settings.ts";
import type { DrainStep } from "./shutdown.ts";
import { openStores, type Stores } from "./stores.ts";
import { createCertificateReload, readCertificate } from "./tls-certificate.ts";

/** A service that answers requests. */
export interface RunningServer {
  readonly api: AddressInfo;
  /** `undefined` when switched off. */
  readonly console: AddressInfo | undefined;
  readonly stores: Stores;
  /** Reads the certificate again; `undefined` without TLS. Never rejects. */
  readonly reloadCertificate: (() => Promise<void>) | undefined;
  /** What has to end, in order, before the process may. */
  readonly drainSteps: readonly DrainStep[];
}

/** Signing keys kept; each is one access key on one day in one region. */
const SIGNING_KEYS_MAX = 10_000;
/** A job of a process that died is taken up again after this time. */
const JOB_LEASE_MS = 60_000;
const JOBS_AT_ONCE = 2;
/** Queries have slots of their own, each a thread at most: they may take hours, and retrievals don't wait for them. */
const SELECT_JOBS_AT_ONCE = 2;

/**
 * Opens the data folder and starts everything. Throws `CertificateError`, `DataFolderError`,
 * `CredentialsFileError`, `ListenError` or what a store says of its files; whatever was opened until then is
 * closed again.
 */
export async function buildServer(settings: Settings, logger: Logger): Promise<RunningServer> {
  const openings = createOpenings();
  try {
    return await assemble(settings, logger, openings);
  } catch (error) {
    for (const step of openings.listSteps()) {
      await step.run();
    }
    throw error;
  }
}

async function assemble(
  settings: Settings,
  logger: Logger,
  openings: Openings,
): Promise<RunningServer> {
  const { tls } = settings.listeners;
  const surroundings = { clock: createSystemClock(), logger };
  const identity = tls === undefined ? undefined : await readCertificate(tls, surroundings);
  const stores = await openStores(settings, logger, openings);
  const notifications = createNotifications(settings, stores);
  const stopping = new AbortController();
  const scrub = createServiceScrub(settings, stores);
  const operations = await prepareOperations({ settings, stores, scrub }, stopping.signal);
  const wakeJobEngine = await startBackground(
    settings,
    { stores, notifications, operations, scrub },
    openings,
  );
  const isStopping = () => stopping.signal.aborted;
  const services = arrangeServices(settings, {
    stores,
    wakeJobEngine,
    notifications,
    isStopping,
  });
  const consoleIdentity = tls?.onConsole ? identity : undefined;
  const console = await openConsole(settings, {
    services,
    stores,
    openings,
    operations,
    identity: consoleIdentity,
  });
  const api = await openings.open(
    "API listener",
    bindListener(createApiListener(services, identity), "listen", settings.listeners.api),
    endListener,
  );
  const refuseNew: DrainStep = {
    name: "new requests",
    run: async () => {
      stopping.abort();
      notifications.queueWaiters.stop();
    },
  };
  return {
    api: addressOf(api),
    console: console === undefined ? undefined : addressOf(console),
    stores,
    reloadCertificate:
      tls === undefined
        ? undefined
        : createCertificateReload(
            tls,
            console === undefined ? [api] : [api, console],
            surroundings,
          ),
    drainSteps: [refuseNew, ...openings.listSteps()],
  };
}

/** What checks, backups and the background work have to know of each other. */
async function prepareOperations(
  {
    settings,
    stores,
    scrub,
  }: { readonly settings: Settings; readonly stores: Stores; readonly scrub: Scrub },
  stopping: AbortSignal,
) {
  let lastSweep: ReturnType<OperatorParts["findLastSweep"]>;
  const hold = createCollectionHold();
  return {
    hold,
    reportSweep: (found: NonNullable<typeof lastSweep>) => {
      lastSweep = found;
    },
    operator: createOperatorServices({
      settings,
      stores,
      scrub,
      hold,
      stopping,
      version: readPackageVersion(),
      startedAtMs: stores.shared.clock.nowMs(),
      findLastSweep: () => lastSweep,
    }),
  };
}

function createServiceScrub(settings: Settings, stores: Stores): Scrub {
  const { shared, copies, mirror } = stores;
  const { scrub: passes, mirror: filling } = settings;
  const scrub = createScrub({
    ...shared,
    copies,
    mirror,
    settings: { ...passes, fillBytesPerSecond: filling.fillBytesPerSecond },
  });
  stores.tellSuspects((blobId) => scrub.suspect(blobId));
  return scrub;
}

type Operations = Awaited<ReturnType<typeof prepareOperations>>;

async function startBackground(
  settings: Settings,
  parts: {
    readonly stores: Stores;
    readonly notifications: Notifications;
    readonly operations: Operations;
    readonly scrub: Scrub;
  },
  openings: Openings,
): Promise<() => void> {
  const { shared, boot } = parts.stores;
  const { dispatcher } = parts.notifications;
  const { hold, reportSweep } = parts.operations;
  const maintenance = createMaintenance({
    ...shared,
    boot,
    hold,
    reportSweep,
    settings: { inventory: settings.inventory, uploadRetentionMs: settings.uploads.retentionMs },
  });
  const selectRunner = createSelectWorker();
  const inventoryRunner = createInventoryThreads({
    file: parts.stores.folder.metadataPath,
    keyring: parts.stores.keys?.keyring,
  });
  const createEngine = (kinds: readonly JobKind[], concurrency: number) =>
    createJobEngine({
      ...shared,
      sha256Aside,
      selectRunner,
      inventoryRunner,
      suspect: (blobId) => parts.scrub.suspect(blobId),
      settings: {
        jobRetentionMs: settings.jobs.retentionMs,
        leaseMs: JOB_LEASE_MS,
        kinds,
        concurrency,
      },
      describeVaultArn: formatVaultArn,
      describeJob: formatJobMessage,
      wakeDispatcher: () => dispatcher.wake(),
    });
  await openings.open("notifications", started(dispatcher), (it) => it.stop());
  await openings.open("maintenance", started(maintenance), (it) => it.stop());
  await openings.open("scrub", started(parts.scrub), (it) => it.stop());
  await openings.open("threads of queries", Promise.resolve(selectRunner), (it) => it.close());
  await openings.open("threads of inventories", Promise.resolve(inventoryRunner), (it) =>
    it.close(),
  );
  const queries = createEngine(["Select"], SELECT_JOBS_AT_ONCE);
  const retrievals = createEngine(["ArchiveRetrieval", "InventoryRetrieval"], JOBS_AT_ONCE);
  await openings.open("query engine", started(queries), (it) => it.stop());
  await openings.open("job engine", started(retrievals), (it) => it.stop());
  return () => {
    queries.wake();
    retrievals.wake();
  };
}

async function started<T extends { start(): void }>(part: T): Promise<T> {
  part.start();
  return part;
}

function arrangeServices(
  settings: Settings,
  parts: {
    readonly stores: Stores;
    readonly wakeJobEngine: () => void;
    readonly notifications: Notifications;
    readonly isStopping: () => boolean;
  },
): PipelineServices {
  const { shared, small, identity, source, cipher, credentials, fileSender } = parts.stores;
  const { accountId, accessKeyId } = identity.root;
  const policies = createPolicyDocuments();
  const served = listServed(settings);
  return {
    ...shared,
    hmacSha256,
    handlers,
    management: served,
    servedServices: ["glacier", ...served.keys()],
    ingest: createIngest({ ...shared, small }),
    wakeJobEngine: parts.wakeJobEngine,
    messaging: parts.notifications.messaging,
    credentials,
    identity: {
      source,
      cipher,
      validatePolicy: validateIdentityPolicy,
      operatorKey: { accountId, accessKeyId },
    },
    limits: createRequestLimits(settings.limits, shared.clock),
    keys: createSigningKeyCache({ maxEntries: SIGNING_KEYS_MAX }),
    defaultRegion: settings.region,
    fileSender,
    idleTimeoutMs: settings.listeners.idleTimeoutMs,
    isStopping: parts.isStopping,
    policies,
    validatePolicy: policies.validate,
    settings: {
      inventory: settings.inventory,
      tierDelays: settings.jobs.tierDelays,
      expeditedCapacity: settings.jobs.expeditedCapacity,
    },
  };
}

/** Topics that another service keeps are managed there. */
function listServed({ notifications }: Settings): typeof management {
  return notifications.snsEndpoint === undefined
    ? management
    : new Map([...management].filter(([name]) => name !== "sns"));
}

async function openConsole(
  settings: Settings,
  parts: {
    readonly services: PipelineServices;
    readonly stores: Stores;
    readonly openings: Openings;
    readonly operations: Operations;
    readonly identity: TlsIdentity | undefined;
  },
): Promise<Server | undefined> {
  const address = settings.listeners.console;
  if (address === undefined) {
    return undefined;
  }
  const services = { ...parts.services, operator: parts.operations.operator };
  const server = createConsoleListener({
    isReady: () => !parts.services.isStopping(),
    renderMetrics: parts.stores.renderMetrics,
    answerOperator: (request, response) =>
      request.url?.startsWith(BUCKETS_PREFIX) === true
        ? handleBucketRequest(request, response, services)
        : handleAdminRequest(request, response, services),
    logger: parts.stores.shared.logger,
    mustNameLoopback: isLoopback(address.host),
    identity: parts.identity,
  });
  return await parts.openings.open(
    "console listener",
    bindListener(server, "console-listen", address),
    endListener,
  );
}
