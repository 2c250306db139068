/** What the operations API asks of the running service: statistics, checks and backups, one of each at a time. */
import { isAbsolute } from "node:path";
import { EncryptionKeyError } from "../../adapters/secret-cipher/encryption-key.ts";
import { ManagementError, validationError } from "../../domain/management-error.ts";
import { checkIntegrity } from "../../engine/integrity/check-integrity.ts";
import type { IntegrityProgress, IntegrityReport } from "../../engine/integrity/finding.ts";
import { createPace } from "../../engine/integrity/pace.ts";
import type { CollectionHold } from "../../engine/maintenance/collection-hold.ts";
import type { SweepReport } from "../../engine/maintenance/sweep-leftovers.ts";
import { repairBlobs } from "../../engine/scrub/repair-blobs.ts";
import type { Scrub } from "../../engine/scrub/scrub.ts";
import type {
  KeyRotationRequest,
  LongRun,
  OperatorServices,
  TellEvent,
} from "../../http/operator-services.ts";
import { describeService } from "../../operations/operator/describe-service.ts";
import { renderRepairs } from "../../operations/operator/render-damage.ts";
import { renderFinding, renderProgress } from "../../operations/operator/render-integrity.ts";
import { KeyWrapperError } from "../../ports/key-wrapper.ts";
import type { Settings } from "../settings.ts";
import type { Stores } from "../stores.ts";
import { openBackupPlace } from "./backup-place.ts";
import { BackupError } from "./backup-set.ts";
import { createRepairReport } from "./repair-report.ts";
import { openRepairSource, RepairSourceError } from "./repair-source.ts";
import { chooseNextKey, type NextKey, RotationError, rotateKeys } from "./rotate-keys.ts";
import { writeBackup } from "./write-backup.ts";

/** Progress is told so often; whoever watches sees it move. */
const PROGRESS_EVERY_MS = 1_000;
/** The pause between two milliseconds of lookups on a service in use. */
const REST_MS = 2;

export interface OperatorParts {
  readonly settings: Settings;
  readonly stores: Stores;
  readonly scrub: Scrub;
  readonly hold: CollectionHold;
  readonly version: string;
  readonly startedAtMs: number;
  readonly stopping: AbortSignal;
  readonly findLastSweep: () => SweepReport | undefined;
}

export function createOperatorServices(parts: OperatorParts): OperatorServices {
  const { settings, stores, stopping } = parts;
  const { shared, boot } = stores;
  const one = createTurns();
  return {
    stopping,
    describeService: async () =>
      await describeService(
        shared,
        {
          version: parts.version,
          boot,
          startedAtMs: parts.startedAtMs,
          inventory: settings.inventory.kind,
          lastSweep: parts.findLastSweep(),
          scrub: await parts.scrub.describe(),
          mirror: stores.mirror,
        },
        stopping,
      ),
    checkIntegrity: ({ Rehash, MaxBytesPerSecond }) => {
      const end = one.begin("integrity check");
      const pace = { maxBytesPerSecond: MaxBytesPerSecond ?? undefined, restMs: REST_MS };
      const options = { rehash: Rehash, pace, currentBoot: boot };
      return ending(end, async (tell, signal) => {
        const report = createEventReport(tell, () => shared.clock.nowMs());
        return renderProgress(await checkIntegrity(shared, options, report, signal));
      });
    },
    repairBlobs: async ({ From, KnownOnly, MaxBytesPerSecond }) => {
      const end = one.begin("repair");
      try {
        const source = await openRepairSource({
          from: From,
          folder: stores.folder,
          encryption: stores.encryption,
          s3Endpoint: settings.jobs.s3Endpoint,
          logger: shared.logger,
        });
        const endAll = () => source.close().finally(end);
        return ending(endAll, async (tell, signal) => {
          const rate = { maxBytesPerSecond: MaxBytesPerSecond ?? undefined, restMs: REST_MS };
          const pace = createPace(shared.clock, rate, signal);
          const services = { metadata: shared.metadata, healer: parts.scrub.healer, source, pace };
          const report = createRepairReport(tell, () => shared.clock.nowMs());
          return renderRepairs(await refusing(repairBlobs(services, KnownOnly, report)));
        });
      } catch (error) {
        end();
        throw asRefusal(error);
      }
    },
    rotateKeys: (request) => {
      const end = one.begin("key rotation", ["backup"]);
      return ending(end, (tell, signal) => refusing(rotate(stores, request, { tell, signal })));
    },
    createBackup: async ({ Directory, Blobs }) => {
      const end = one.begin("backup", ["key rotation"]);
      try {
        const place = await openBackupPlace(Directory, stores.folder.path);
        const endAll = () => place.lock.release().finally(end);
        return ending(endAll, (tell, signal) =>
          refusing(
            writeBackup(
              {
                folder: stores.folder,
                place,
                blobs: Blobs,
                hold: parts.hold,
                nowMs: shared.clock.nowMs(),
                tell,
              },
              signal,
            ),
          ),
        );
      } catch (error) {
        end();
        throw asRefusal(error);
      }
    },
  };
}

/** Findings as events as they come, progress as an event now and then. */
export function createEventReport(tell: TellEvent, nowMs: () => number): IntegrityReport {
  let toldAtMs = nowMs();
  let isTelling = false;
  return {
    finding: (finding) => tell(renderFinding(finding)),
    progress: (progress: IntegrityProgress) => {
      const passedMs = nowMs() - toldAtMs;
      if (!isTelling && (passedMs >= PROGRESS_EVERY_MS || passedMs < 0)) {
        toldAtMs = nowMs();
        // Who reads slowly hears less; who is gone is noticed between two steps of the check.
        isTelling = true;
        tell({ Event: "Progress", ...renderProgress(progress) })
          .catch(() => undefined)
          .finally(() => {
            isTelling = false;
          });
      }
    },
  };
}

/** Two at once would only slow each other down, and the service with them. */
function createTurns() {
  const running = new Set<string>();
  return {
    begin(what: string, excluded: readonly string[] = []): () => void {
      if (running.has(what)) {
        throw new ManagementError(409, "OperationInProgress", `Another ${what} is running`);
      }
      const other = excluded.find((name) => running.has(name));
      if (other !== undefined) {
        throw new ManagementError(409, "OperationInProgress", `A ${other} is running`);
      }
      running.add(what);
      return () => void running.delete(what);
    },
  };
}

/** What the run held is free before its end is told: whoever hears of it may begin the next one. */
function ending(end: () => void | Promise<void>, run: LongRun["run"]): LongRun {
  return {
    run: async (tell, signal) => {
      try {
        return await run(tell, signal);
      } finally {
        await end();
      }
    },
    cancel: () => void end(),
  };
}

async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asRefusal(error);
  }
}

async function rotate(
  { keys, rotation, folder, shared }: Stores,
  request: KeyRotationRequest,
  { tell, signal }: { readonly tell: TellEvent; readonly signal: AbortSignal },
) {
  const next = nextKeyOf(request);
  const { signingKeyPath } = folder;
  const { metadata } = shared;
  return await rotateKeys({ keys, next, metadata, blobs: rotation, signingKeyPath, tell }, signal);
}

/** The key that a request of the operations API asks for. Throws `RotationError`. */
function nextKeyOf(request: KeyRotationRequest): NextKey {
  const { NewKeyFile: path, NewKmsKeyId: kmsKeyId, KmsEndpoint } = request;
  if (path !== null && !isAbsolute(path)) {
    throw validationError(
      `NewKeyFile must be an absolute path on the machine of the service; got "${path}"`,
    );
  }
  return chooseNextKey({
    keyFile: path ?? undefined,
    kmsKeyId: kmsKeyId ?? undefined,
    kmsEndpoint: KmsEndpoint ?? undefined,
  });
}

/** What the operator can mend is told; the rest is for the log. */
function asRefusal(error: unknown): unknown {
  const isRefusal = [
    BackupError,
    EncryptionKeyError,
    KeyWrapperError,
    RepairSourceError,
    RotationError,
  ].some((kind) => error instanceof kind);
  return isRefusal ? validationError((error as Error).message) : error;
}
