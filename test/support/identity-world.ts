/** Accounts, users and keys in an operation world, for the tests of `iam`, `sts` and accounts. */
import { formatRootArn } from "../../src/domain/identity.ts";
import type { AccountId } from "../../src/domain/ids.ts";
import { iamHandlers } from "../../src/operations/identity-handlers.ts";
import type { ManagementCall } from "../../src/operations/management-handler.ts";
import type { Principal } from "../../src/ports/credential-store.ts";
import { iam } from "../../src/protocol/query/iam.ts";
import { ACCOUNT_ID, NOW_MS, REGION } from "./metadata-builders.ts";
import { openOperationWorld } from "./operation-world.ts";

export type Action = keyof typeof iamHandlers;
/** What handlers take and give, as far as these tests look into it. */
// biome-ignore lint/suspicious/noExplicitAny: answers of all actions in one type
export type Answer = any;

export const ROOT: Principal = {
  accountId: ACCOUNT_ID,
  arn: formatRootArn(ACCOUNT_ID),
  isRoot: true,
  userId: ACCOUNT_ID,
};
export const OTHER_ROOT: Principal = {
  accountId: "210987654321" as AccountId,
  arn: "arn:aws:iam::210987654321:root",
  isRoot: true,
  userId: "210987654321",
};
export const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "glacier:ListVaults", Resource: "*" }],
});

export type IdentityWorld = Awaited<ReturnType<typeof openIdentityWorld>>;

/** A world with two accounts, of which the first is the operator's. */
export async function openIdentityWorld() {
  const world = await openOperationWorld();
  for (const accountId of [ACCOUNT_ID, OTHER_ROOT.accountId]) {
    await world.metadata.identities.insertAccount({ accountId, createdAtMs: NOW_MS });
  }

  /** Runs an action with the parameters given; all others are absent. */
  async function run(action: Action, input: object = {}, principal = ROOT): Promise<Answer> {
    const absent = Object.keys(iam.actions[action].input).map((name) => [name, undefined]);
    const whole = { ...Object.fromEntries(absent), ...input };
    return await iamHandlers[action](whole as never, buildCall(principal), world.services);
  }

  const createUser = async (UserName: string, fields: object = {}): Promise<Answer> =>
    (await run("CreateUser", { UserName, ...fields })).User;
  const createKey = async (input: object = {}, principal = ROOT): Promise<Answer> =>
    (await run("CreateAccessKey", input, principal)).AccessKey;
  return { ...world, run, createUser, createKey };
}

export function buildCall(principal: Principal): ManagementCall {
  const { accountId } = principal;
  const endpoint = "http://localhost";
  return { principal, accountId, region: REGION, requestId: "request", endpoint };
}

/** The caller that an answered user is. */
export function principalOf(user: Answer): Principal {
  const { Arn: arn, UserId: userId, UserName: userName } = user;
  return { accountId: ACCOUNT_ID, arn, isRoot: false, userId, userName };
}

/** A refusal, for `assert.rejects`. */
export function refused(status: number, code: string, message?: string | RegExp) {
  return { name: "ManagementError", status, code, ...(message === undefined ? {} : { message }) };
}
