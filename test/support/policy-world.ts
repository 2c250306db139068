/** The operations behind a real listener, with accounts and users, over a clock that tests move. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { noAudit } from "../../src/adapters/audit-file/no-audit.ts";
import { createSigningKeyCache } from "../../src/auth/sigv4/signing-key.ts";
import type { PolicyName, UserName } from "../../src/domain/identity.ts";
import type { AccountId } from "../../src/domain/ids.ts";
import { createApiListener } from "../../src/http/api-listener.ts";
import type { PipelineServices } from "../../src/http/pipeline.ts";
import { createPolicyDocuments } from "../../src/http/policy-documents.ts";
import { createRequestLimits } from "../../src/http/request-limits.ts";
import { handlers } from "../../src/operations/index.ts";
import { management } from "../../src/operations/management.ts";
import type { AccessKey, Principal } from "../../src/ports/credential-store.ts";
import { hmacSha256 } from "../../src/std/hasher-node.ts";
import { ACCOUNT_ID, REGION } from "./metadata-builders.ts";
import { openOperationWorld } from "./operation-world.ts";
import {
  exchangeBytes,
  formatRequest,
  type HeaderList,
  signHead,
  type WireAnswer,
} from "./wire-client.ts";

export const OTHER_ACCOUNT_ID = "999988887777" as AccountId;

export interface PolicyCall {
  readonly headers?: HeaderList;
  /** Sent as it is when text, as JSON when an object. */
  readonly body?: string | object;
  readonly service?: string;
}

/** Somebody with an access key. */
export interface Caller {
  readonly arn: string;
  /** `line` is method and target: `GET /-/vaults`. */
  call(line: string, options?: PolicyCall): Promise<WireAnswer>;
  /** Like `call`: the status, with the code and message of a refusal. */
  outcome(line: string, options?: PolicyCall): Promise<string>;
}

export type PolicyWorld = Awaited<ReturnType<typeof openPolicyWorld>>;

/** Opens a world with the vault `photos` in the usual account, and starts its listener. */
export async function openPolicyWorld(options: Parameters<typeof openOperationWorld>[0] = {}) {
  const world = await openOperationWorld(options);
  const keys = new Map<string, AccessKey>();
  const { metadata } = world;
  const services: PipelineServices = {
    ...world.services,
    hmacSha256,
    handlers,
    management,
    metrics: {
      requestFinished() {},
      jobFinished() {},
      maintenance() {},
      scrubbed() {},
      copyRepaired() {},
      scrubState() {},
    },
    servedServices: ["glacier", ...management.keys()],
    credentials: { findAccessKey: async (accessKeyId) => keys.get(accessKeyId) },
    keys: createSigningKeyCache({ maxEntries: 100 }),
    defaultRegion: REGION,
    idleTimeoutMs: 5000,
    fileSender: undefined,
    isStopping: () => false,
    policies: createPolicyDocuments(),
    audit: noAudit,
    limits: createRequestLimits(
      { requestRate: undefined, connectionsMax: 1000, uploadsMax: 100 },
      world.services.clock,
    ),
  };
  const listener = createApiListener(services).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;

  function makeCaller(principal: Principal): Caller {
    const accessKeyId = `AKIDPOLICYWORLD${String(keys.size).padStart(5, "0")}`;
    const secretAccessKey = "policyWorldSecret/policyWorldSecret/0001";
    keys.set(accessKeyId, { accessKeyId, secretAccessKey, principal });
    const call: Caller["call"] = (line, { headers = [], body, service = "glacier" } = {}) => {
      const [method = "", target = ""] = line.split(" ");
      const text = typeof body === "object" ? JSON.stringify(body) : (body ?? "");
      const bytes = Buffer.from(text);
      const head = {
        method,
        target,
        headers: [
          ["Host", `127.0.0.1:${port}`],
          ["x-amz-glacier-version", "2012-06-01"],
          ["Content-Length", String(bytes.length)],
          ...headers,
        ] as const,
      };
      const { nowMs } = world.time;
      const signing = { accessKeyId, secretAccessKey, region: REGION, service, nowMs };
      return exchangeBytes(port, formatRequest(signHead(head, bytes, signing), bytes));
    };
    const outcome: Caller["outcome"] = async (line, options) => {
      const answer = await call(line, options);
      if (answer.status < 400) {
        return String(answer.status);
      }
      const { code, message } = answer.json();
      return `${answer.status} ${String(code)}: ${String(message)}`;
    };
    return { arn: principal.arn, call, outcome };
  }

  /** The root of an account, which is made when it does not exist. */
  async function addRoot(accountId: AccountId): Promise<Caller> {
    if ((await metadata.identities.findAccount(accountId)) === undefined) {
      await metadata.identities.insertAccount({ accountId, createdAtMs: world.time.nowMs });
    }
    const arn = `arn:aws:iam::${accountId}:root`;
    return makeCaller({ accountId, arn, isRoot: true, userId: accountId });
  }

  /** A user with one policy of these statements, or with none at all. */
  async function addUser(
    name: string,
    statements: readonly object[] = [],
    accountId: AccountId = ACCOUNT_ID,
  ): Promise<Caller> {
    const userId = `AIDA${name.toUpperCase().padEnd(17, "X")}`;
    const userName = name as UserName;
    const createdAtMs = world.time.nowMs;
    await metadata.identities.insertUser({ accountId, userName, userId, path: "/", createdAtMs });
    if (statements.length > 0) {
      const policyName = "inline" as PolicyName;
      await metadata.identities.putUserPolicy(userId, {
        policyName,
        document: policyOf(...statements),
      });
    }
    const arn = `arn:aws:iam::${accountId}:user/${name}`;
    return makeCaller({ accountId, arn, isRoot: false, userId, userName: name });
  }

  const root = await addRoot(ACCOUNT_ID);
  const otherRoot = await addRoot(OTHER_ACCOUNT_ID);
  return {
    ...world,
    services,
    root,
    otherRoot,
    addUser,
    close: async () => {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
      await world.close();
    },
  };
}

/** The text of a policy. */
export function policyOf(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** A statement; `Allow` and every action on the vault `photos` unless it says otherwise. */
export function statement(fields: object = {}): object {
  return {
    Effect: "Allow",
    Action: "glacier:*",
    Resource: `arn:aws:glacier:${REGION}:${ACCOUNT_ID}:vaults/photos`,
    ...fields,
  };
}
