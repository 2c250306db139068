/** A client of the operations API on the console listener (`/admin/v1/…`). */
import { signRequest } from "../auth/sigv4/sign.ts";
import { formatHex, utf8Bytes } from "../std/bytes.ts";
import type { HmacSha256, Sha256 } from "../std/hasher.ts";

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

/** Every call throws `AdminUnreachable`, or `AdminRefusal` for an answer that is no success. */
export interface AdminClient {
  /** Makes an account: with this id, or with a random one. */
  createAccount(accountId: string | undefined): Promise<CreatedAccount>;
  /** All accounts, page by page. */
  listAccounts(): Promise<readonly ListedAccount[]>;
  /** Which statements decide whether the principal may do that. */
  explainPolicy(question: ExplainQuestion): Promise<ExplainedAccess>;
}

/** The service said no; `code` and message are its own. */
export class AdminRefusal extends Error {
  override readonly name = "AdminRefusal";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Nobody answered at the address, or something that is not the operations API. */
export class AdminUnreachable extends Error {
  override readonly name = "AdminUnreachable";
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
  const { response, text } = await exchange(url, call, options);
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

async function exchange(
  url: URL,
  { method, body }: Call,
  options: AdminClientOptions,
): Promise<{ readonly response: Response; readonly text: string }> {
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
  try {
    const response = await fetch(url, {
      method,
      headers: [...given, ...added],
      ...(body === "" ? {} : { body }),
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
    return { response, text: await response.text() };
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

function findObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
