/** Everything that operations need, in memory and with a clock that stands still, for their tests. */

import { createSmallBlobForm } from "../../src/adapters/blobs-filesystem/small-blob-form.ts";
import { type MemoryBlobs, openMemoryBlobs } from "../../src/adapters/blobs-memory/memory-blobs.ts";
import { createSmallBlobs } from "../../src/adapters/blobs-small/small-blobs.ts";
import { createIdentifiers } from "../../src/adapters/identifiers/identifiers.ts";
import { createIdentitySource } from "../../src/adapters/identifiers/identity-source.ts";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import { openMemoryResults } from "../../src/adapters/results-memory/memory-results.ts";
import { createSecretCipher } from "../../src/adapters/secret-cipher/aes-secret-cipher.ts";
import type { AccountId, JobId } from "../../src/domain/ids.ts";
import type { InventoryMode } from "../../src/domain/inventory.ts";
import type { JobOutcome, JobOutput } from "../../src/domain/job.ts";
import type { ExpeditedCapacity } from "../../src/domain/provisioned-capacity.ts";
import type { TierDelays } from "../../src/domain/retrieval-tier.ts";
import type { Vault, VaultName } from "../../src/domain/vault.ts";
import { createIngest } from "../../src/engine/ingest/ingest.ts";
import { createQueueWaiters } from "../../src/engine/notify/queue-waiters.ts";
import { createPolicyDocuments } from "../../src/http/policy-documents.ts";
import type { Handler, Services } from "../../src/operations/handler.ts";
import { handlers } from "../../src/operations/index.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { RequestBody } from "../../src/protocol/fields.ts";
import {
  type Input,
  type OperationName,
  type Output,
  operationNames,
} from "../../src/protocol/operations.ts";
import { validateIdentityPolicy } from "../../src/server/policy-validation.ts";
import { md5, sha256 } from "../../src/std/hasher-node.ts";
import { ACCOUNT_ID, NOW_MS, REGION, silentLogger } from "./metadata-builders.ts";
import type { Payload } from "./payload.ts";
import { testSigner } from "./test-signer.ts";

export const VAULT_NAME = "photos";
export const VAULT_ARN = vaultArn(VAULT_NAME);
/** The root key that the settings of the world give. */
export const OPERATOR_KEY_ID = "MORAWORLDOPERATOR001";
const DAY_MS = 24 * 60 * 60 * 1000;

export const LIVE: InventoryMode = { kind: "live" };
export const DAILY: InventoryMode = { kind: "periodic", intervalMs: DAY_MS };
export const TIER_DELAYS: TierDelays = { Expedited: 1000, Standard: 2000, Bulk: 3000 };

export function vaultArn(vaultName: string): string {
  return `arn:aws:glacier:${REGION}:${ACCOUNT_ID}:vaults/${vaultName}`;
}

/** `Location` paths begin with it. */
export const VAULT_PATH = `/${ACCOUNT_ID}/vaults/${VAULT_NAME}`;

/** A refusal, for `assert.rejects`. */
export function refusal(code: string, message?: string | RegExp) {
  return message === undefined ? { code } : { code, message };
}

/** A body as the http layer hands it on. */
export function bodyOf(payload: Payload): RequestBody {
  return { sizeBytes: payload.bytes.length, sha256: payload.sha256, bytes: chunksOf(payload) };
}

async function* chunksOf({ bytes }: Payload): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 100_000) {
    yield bytes.subarray(start, start + 100_000);
  }
}

/** Whose request it is, when not that of the usual account and region. */
export interface Caller {
  readonly accountId?: string;
  readonly region?: string;
  /** Replaces the services for this request, to let one fail. */
  readonly services?: Services;
  readonly authorizeAgain?: (vault: Vault) => void;
}

/** Every operation as a method: absent members are `undefined`, and the vault is `VAULT_NAME` unless named. */
export type Perform = {
  readonly [N in OperationName]: (input?: Partial<Input<N>>, caller?: Caller) => Promise<Output<N>>;
};

export type OperationWorld = Awaited<ReturnType<typeof openOperationWorld>>;

/** Opens a world with the vault `VAULT_NAME` in it. */
export async function openOperationWorld(
  options: {
    readonly inventory?: InventoryMode;
    readonly expeditedCapacity?: ExpeditedCapacity;
    /** Where metadata outlives the world; in memory unless given. */
    readonly metadataFile?: string;
    /** Keeps small blobs as rows; all are in `blobs` unless set. */
    readonly rows?: boolean;
  } = {},
) {
  const time = { nowMs: NOW_MS };
  const clock: Clock = { nowMs: () => time.nowMs, sleep: async () => undefined };
  const metadata = await openSqliteMetadata({
    file: options.metadataFile ?? ":memory:",
    logger: silentLogger,
  });
  const blobs: MemoryBlobs = openMemoryBlobs();
  const results = openMemoryResults();
  const ids = createIdentifiers({ clock, boot: 1 });
  const wakes = { count: 0 };
  const form = createSmallBlobForm(undefined);
  const small = options.rows === true ? form : undefined;
  const services: Services = {
    metadata,
    blobs: small ? createSmallBlobs({ rows: metadata.smallBlobs, form, files: blobs }) : blobs,
    results,
    ingest: createIngest({ blobs, ids, sha256, small }),
    wakeJobEngine: () => {
      wakes.count += 1;
    },
    messaging: {
      signer: testSigner,
      queueWaiters: createQueueWaiters(clock),
      wakeDispatcher: () => undefined,
      allowPrivate: false,
      md5,
    },
    clock,
    ids,
    logger: silentLogger,
    sha256,
    identity: {
      source: createIdentitySource(),
      cipher: createSecretCipher(new Uint8Array(32).fill(7)),
      validatePolicy: validateIdentityPolicy,
      operatorKey: { accountId: ACCOUNT_ID, accessKeyId: OPERATOR_KEY_ID },
    },
    settings: {
      inventory: options.inventory ?? LIVE,
      tierDelays: TIER_DELAYS,
      expeditedCapacity: options.expeditedCapacity ?? "unlimited",
    },
    validatePolicy: createPolicyDocuments().validate,
  };
  const world = { time, metadata, blobs, results, ids, wakes, services };

  /** Finds the vault that `input` names, as the http layer does, and runs the handler. */
  async function runHandler(
    handler: Handler<OperationName>,
    input: Partial<Input<"DescribeVault">> = {},
    caller: Caller = {},
  ): Promise<unknown> {
    const accountId = (caller.accountId ?? ACCOUNT_ID) as AccountId;
    const region = caller.region ?? REGION;
    const whole = { vaultName: VAULT_NAME, ...input };
    const vaultName = whole.vaultName as VaultName;
    const vault = await metadata.vaults.find({ accountId, region, vaultName });
    const arn = `arn:aws:iam::${accountId}:root`;
    const principal = { accountId, arn, isRoot: true, userId: accountId };
    const authorizeAgain = caller.authorizeAgain ?? (() => undefined);
    const call = { principal, accountId, region, vault, authorizeAgain };
    // One code path for all operations; their types come back in `perform`.
    return await handler(whole as never, call as never, caller.services ?? services);
  }

  const perform = Object.fromEntries(
    operationNames.map((name) => [
      name,
      (input?: object, caller?: Caller) =>
        runHandler(handlers[name] as Handler<OperationName>, input, caller),
    ]),
  ) as unknown as Perform;

  async function getVault(vaultName: string = VAULT_NAME): Promise<Vault> {
    const key = { accountId: ACCOUNT_ID, region: REGION, vaultName: vaultName as VaultName };
    const vault = await metadata.vaults.find(key);
    if (vault === undefined) {
      throw new Error(`the world has no vault ${vaultName}`);
    }
    return vault;
  }

  async function uploadArchive(payload: Payload, archiveDescription?: string): Promise<string> {
    const checksum = payload.treeHash;
    const body = bodyOf(payload);
    const output = await perform.UploadArchive({ archiveDescription, checksum, body });
    return output.archiveId ?? "";
  }

  async function initiateJob(jobParameters: object, caller: Caller = {}): Promise<string> {
    const input = { jobParameters } as unknown as Partial<Input<"InitiateJob">>;
    return (await perform.InitiateJob(input, caller)).jobId ?? "";
  }

  /** Ends a job as the engine would, at the present time. */
  async function finishJob(jobId: string, outcome: JobOutcome): Promise<void> {
    const lease = { owner: "world", untilMs: time.nowMs + 1000 };
    await metadata.jobs.claimDue(Number.MAX_SAFE_INTEGER, lease, 1000);
    await metadata.jobs.finish(jobId as JobId, lease.owner, {
      completedAtMs: time.nowMs,
      expiresAtMs: time.nowMs + DAY_MS,
      outcome,
    });
  }

  /** Ends an archive retrieval well; `treeHash` is that of its range, if it is aligned. */
  async function finishRetrieval(jobId: string, treeHash: string | undefined): Promise<JobOutput> {
    const job = await metadata.jobs.find(jobId as JobId);
    if (job?.request.kind !== "ArchiveRetrieval") {
      throw new Error(`job ${jobId} retrieves no archive`);
    }
    const archive = await metadata.archives.find(job.request.archiveId);
    if (archive === undefined) {
      throw new Error("the archive is gone");
    }
    const { range } = job.request;
    const output = { manifestId: archive.manifestId, range, treeHash, nextPosition: undefined };
    await metadata.manifests.pin(archive.manifestId, job.jobId);
    await finishJob(jobId, { status: "Succeeded", output });
    return output;
  }

  await perform.CreateVault();
  const methods = { perform, getVault, uploadArchive, initiateJob, finishJob, finishRetrieval };
  return { ...world, ...methods, close: () => metadata.close() };
}
