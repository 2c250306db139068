/** A client of the operations API on the console listener (`/admin/v1/…`). */
import { signRequest } from "../auth/sigv4/sign.ts";
import { formatHex, utf8Bytes } from "../std/bytes.ts";
import type { HmacSha256, Sha256 } from "../std/hasher.ts";
import { parseJson } from "../std/json.ts";
import { AdminRefusal, AdminUnreachable } from "./admin-errors.ts";
import { type AdminEvent, readEvents } from "./admin-stream.ts";

export { AdminRefusal, AdminUnreachable } from "./admin-errors.ts";

export interface AdminClientOptions {
  /** Where the console listener is, such as `http://127.0.0.1:9721`. */
  readonly adminUrl: string;
  /** A key of the operator's root. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly fetch: typeof globalThis.fetch;
  readonly nowMs: () => number;
  readonly sha256: Sha256;
  readonly hmacSha256: HmacSha256;
}

/** A new account, with the only copy of its secret. */
export interface CreatedAccount {
  readonly AccountId: string;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

export interface ListedAccount {
  readonly AccountId: string;
  readonly CreationDate: string;
}

/** A request that nobody makes, for its policies to be asked. */
export interface ExplainQuestion {
  readonly Principal: string;
  readonly Action: string;
  /** A name, of a vault of the principal's account, or an ARN. */
  readonly Vault: string | undefined;
  readonly Region: string | undefined;
  readonly ArchiveAgeInDays: number | undefined;
  readonly SourceIp: string | undefined;
}

/** Where a statement stands; the index counts from 0. */
export interface StatementPlace {
  readonly PolicyKind: string;
  readonly PolicyName: string;
  readonly StatementIndex: number;
  readonly Sid: string | null;
}

export interface ExplainedStatement extends StatementPlace {
  readonly Effect: string;
  readonly Matches: boolean;
  readonly Reach: string | null;
  /** The first element that does not fit. */
  readonly FailedElement: string | null;
}

export interface ExplainedAccess {
  readonly Principal: string;
  readonly Action: string;
  readonly Resource: string;
  readonly Allowed: boolean;
  readonly Reason: string;
  readonly DecidedBy: StatementPlace | null;
  /** The sides whose Allow is lacking: `identity`, `resource`. */
  readonly Missing: readonly string[];
  readonly Statements: readonly ExplainedStatement[];
}

/** A vault; the operator's account and the service's default region stand in for what is absent. */
export interface InventoryQuestion {
  readonly Vault: string;
  readonly AccountId: string | undefined;
  readonly Region: string | undefined;
}

/** The numbers of a vault, and whether they are those of a new inventory. */
export interface TakenInventory {
  readonly VaultARN: string;
  readonly LastInventoryDate: string | null;
  readonly NumberOfArchives: number;
  readonly SizeInBytes: number | bigint;
  readonly Taken: boolean;
  readonly Note: string | null;
}

export interface JobCounts {
  readonly InProgress: number;
  readonly Succeeded: number;
  readonly Failed: number;
}

export interface CountedOwner {
  readonly Vaults: number;
  readonly Archives: number;
  readonly Bytes: number | bigint;
  readonly UploadsInProgress: number;
  readonly Jobs: JobCounts;
}

/** Docs/reference/operations-api.md, `GET /admin/v1/stats`. */
export interface ServiceStats {
  readonly Version: string;
  readonly Boot: number;
  readonly StartedAt: string;
  readonly UptimeSeconds: number;
  readonly Inventory: string;
  readonly Owners: readonly (CountedOwner & {
    readonly AccountId: string;
    readonly Region: string;
  })[];
  readonly Total: CountedOwner;
  readonly OldestUnfinishedJob: {
    readonly JobId: string;
    readonly VaultName: string | null;
    readonly CreationDate: string;
    readonly DueDate: string;
  } | null;
  readonly Blobs: {
    readonly Bytes: number | bigint;
    readonly GarbageManifests: number;
    readonly FreeBytes: number | null;
    readonly TotalBytes: number | null;
  };
  readonly Leftovers: {
    readonly SweptAt: string;
    readonly Removed: number;
    readonly Suspected: number;
    readonly UnknownBoot: number;
  } | null;
  readonly Scrub: {
    readonly BytesPerSecond: number | null;
    readonly IntervalSeconds: number;
    readonly Pass: number;
    readonly PassStartedAt: string | null;
    readonly PassEndedAt: string | null;
    readonly OldestVerifiedAt: string | null;
    readonly TooSlow: boolean;
    readonly DamagedArchives: number;
  };
  readonly Mirror: {
    readonly Directory: string;
    readonly MirrorId: string;
    readonly Ready: boolean;
    readonly FilledAt: string | null;
    readonly FreeBytes: number | null;
  } | null;
}

/** Damage of an archive that the service knows. */
export interface KnownDamage {
  readonly AccountId: string;
  readonly Region: string;
  readonly VaultName: string;
  readonly ArchiveId: string;
  readonly Kind: string;
  readonly Text: string;
  readonly FirstByte: number;
  readonly LastByte: number;
  readonly FirstMiB: number;
  readonly LastMiB: number;
  readonly BlobId: string | null;
  readonly FirstSeen: string;
  readonly LastSeen: string;
  readonly RepairedAt: string | null;
}

/** Something that takes long: what is asked for, who hears of it, and what ends it early with its reason. */
export interface LongCall<Request> {
  readonly request: Request;
  readonly onEvent: (event: AdminEvent) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/** Every call throws `AdminUnreachable`, or `AdminRefusal` for an answer that is no success. */
export interface AdminClient {
  /** Makes an account: with this id, or with a random one. */
  createAccount(accountId: string | undefined): Promise<CreatedAccount>;
  /** All accounts, page by page. */
  listAccounts(): Promise<readonly ListedAccount[]>;
  /** Which statements decide whether the principal may do that. */
  explainPolicy(question: ExplainQuestion): Promise<ExplainedAccess>;
  /** Takes the inventory of a vault at once. */
  takeInventory(question: InventoryQuestion): Promise<TakenInventory>;
  describeService(): Promise<ServiceStats>;
  /** Resolves with the event that sums the check up. */
  checkIntegrity(
    call: LongCall<{ readonly Rehash: boolean; readonly MaxBytesPerSecond: number | null }>,
  ): Promise<AdminEvent>;
  /** Resolves with the event that sums the repair up. */
  repairBlobs(
    call: LongCall<{
      readonly From: string;
      readonly KnownOnly: boolean;
      readonly MaxBytesPerSecond: number | null;
    }>,
  ): Promise<AdminEvent>;
  /** All known damage, page by page; repaired damage only when asked for. */
  listDamages(repaired: boolean): AsyncGenerator<KnownDamage, void, void>;
  /** Resolves with the event that tells what was written. */
  createBackup(
    call: LongCall<{ readonly Directory: string; readonly Blobs: boolean }>,
  ): Promise<AdminEvent>;
  /** Resolves with the event that tells what was put under the new key. */
  rotateKeys(
    call: LongCall<{
      readonly NewKeyFile: string | null;
      readonly NewKmsKeyId: string | null;
      readonly KmsEndpoint: string | null;
    }>,
  ): Promise<AdminEvent>;
}

/** The signing region; the operations API belongs to none. */
const REGION = "us-east-1";
const SERVICE = "moraine";
const ANSWER_MAX_MS = 30_000;

export function createAdminClient(options: AdminClientOptions): AdminClient {
  const call = (method: string, target: string, content?: object) =>
    sendCall(
      { method, target, body: content === undefined ? "" : JSON.stringify(content) },
      options,
    );
  return {
    createAccount: async (accountId) => {
      const content = accountId === undefined ? {} : { AccountId: accountId };
      // The shapes of the answers are those of the operations API, version 1.
      return (await call("POST", "/admin/v1/accounts", content)) as CreatedAccount;
    },
    listAccounts: async () => {
      const accounts: ListedAccount[] = [];
      let marker: string | null = null;
      do {
        const query: string = marker === null ? "" : `?marker=${marker}`;
        const page = (await call("GET", `/admin/v1/accounts${query}`)) as {
          readonly Accounts: readonly ListedAccount[];
          readonly Marker: string | null;
        };
        accounts.push(...page.Accounts);
        marker = page.Marker;
      } while (marker !== null);
      return accounts;
    },
    explainPolicy: async (question) =>
      (await call("POST", "/admin/v1/policy/explain", question)) as ExplainedAccess,
    takeInventory: async (question) =>
      (await call("POST", "/admin/v1/inventories", question)) as TakenInventory,
    describeService: async () => (await call("GET", "/admin/v1/stats")) as ServiceStats,
    checkIntegrity: (long) => streamCall("/admin/v1/integrity-checks", long, options),
    repairBlobs: (long) => streamCall("/admin/v1/repairs", long, options),
    async *listDamages(repaired) {
      let marker: string | null = null;
      do {
        const query: string = marker === null ? "" : `marker=${marker}&`;
        const target = `/admin/v1/damages?${query}repaired=${repaired}`;
        const page = (await call("GET", target)) as {
          readonly Damages: readonly KnownDamage[];
          readonly Marker: string | null;
        };
        yield* page.Damages;
        marker = page.Marker;
      } while (marker !== null);
    },
    createBackup: (long) => streamCall("/admin/v1/backups", long, options),
    rotateKeys: (long) => streamCall("/admin/v1/key-rotations", long, options),
  };
}

interface Call {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly body: string;
}

async function sendCall(call: Call, options: AdminClientOptions): Promise<object> {
  const url = new URL(call.target, options.adminUrl);
  const signal = AbortSignal.timeout(ANSWER_MAX_MS);
  return await readAnswer(await openCall(url, { ...call, signal }, options), url);
}

async function streamCall(
  target: string,
  { request, onEvent, signal }: LongCall<object>,
  options: AdminClientOptions,
): Promise<AdminEvent> {
  const url = new URL(target, options.adminUrl);
  const call = { method: "POST", target, body: JSON.stringify(request), signal };
  try {
    const response = await openCall(url, call, options);
    if (response.headers.get("content-type") !== "application/x-ndjson") {
      await readAnswer(response, url);
      throw new AdminUnreachable(`${url.origin} answered, but not as the operations API does`);
    }
    return await readEvents(response, onEvent);
  } catch (error) {
    // Who ended the call is not told that the service is away.
    signal.throwIfAborted();
    throw error;
  }
}

/** The object that was answered. Throws `AdminRefusal` for a refusal. */
async function readAnswer(response: Response, url: URL): Promise<object> {
  const text = await orUnreachable(response.text(), url);
  const content = findObject(text);
  if (content === undefined) {
    throw new AdminUnreachable(
      `${url.origin} answered ${response.status}, but not as the operations API does`,
    );
  }
  if (!response.ok) {
    const { code = "Unknown", message = text } = content as { code?: string; message?: string };
    throw new AdminRefusal(response.status, code, message);
  }
  return content;
}

async function openCall(
  url: URL,
  { method, body, signal }: Call & { readonly signal: AbortSignal },
  options: AdminClientOptions,
): Promise<Response> {
  const { credentials, sha256, hmacSha256, fetch } = options;
  const payloadHash = formatHex(sha256(utf8Bytes(body)));
  const given: [string, string][] = [["x-amz-content-sha256", payloadHash]];
  const request = {
    method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: [["host", url.host], ...given] as [string, string][],
  };
  const added = signRequest({
    request,
    credentials,
    region: REGION,
    service: SERVICE,
    nowMs: options.nowMs(),
    payloadHash,
    sha256,
    hmacSha256,
  });
  const headers = [...given, ...added];
  const sent = body === "" ? {} : { body };
  return await orUnreachable(
    fetch(url, { method, headers, ...sent, redirect: "error", signal }),
    url,
  );
}

async function orUnreachable<T>(work: Promise<T>, url: URL): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new AdminUnreachable(`${url.origin} can't be reached: ${reasonOf(cause)}`, { cause });
  }
}

/** `fetch` hides why it failed behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause = error } = error instanceof Error ? error : {};
  const { code } = cause as { readonly code?: unknown };
  return typeof code === "string" ? code : String((cause as Error).message ?? cause);
}

/** Integers beyond 2^53 are `bigint`. */
function findObject(text: string): object | undefined {
  try {
    const value = parseJson(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
