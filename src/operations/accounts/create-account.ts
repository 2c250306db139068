/** An operator's action: makes an account. */
import { accountExists } from "../../domain/identity-errors.ts";
import { type AccountId, findAccountId } from "../../domain/ids.ts";
import { validationError } from "../../domain/management-error.ts";
import type { Services } from "../handler.ts";
import { makeAccessKey } from "../new-access-key.ts";

/** A new account with the first key of its root; the secret is here and nowhere else in clear. */
export interface CreatedAccount {
  readonly AccountId: AccountId;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

/** How often a random id may turn out to be taken before something must be wrong. */
const ATTEMPTS_MAX = 10;

/**
 * Makes the account `accountId` (12 digits), or one with a random id, together with a key of its root. Throws
 * `ManagementError`: `ValidationError`, or `EntityAlreadyExists` when the account exists.
 */
export async function createAccount(
  accountId: string | undefined,
  services: Services,
): Promise<CreatedAccount> {
  if (accountId === undefined) {
    return await addAccount(await findFreeId(services), services);
  }
  const parsed = findAccountId(accountId);
  if (parsed === undefined) {
    throw validationError(`AccountId must be 12 digits; got ${JSON.stringify(accountId)}`);
  }
  return await addAccount(parsed, services);
}

async function findFreeId({ identity, metadata }: Services): Promise<AccountId> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const accountId = identity.source.accountId();
    if ((await metadata.identities.findAccount(accountId)) === undefined) {
      return accountId;
    }
  }
  throw new Error(`${ATTEMPTS_MAX} random account ids were all taken`);
}

async function addAccount(accountId: AccountId, services: Services): Promise<CreatedAccount> {
  const { key, secretAccessKey } = await services.metadata.transaction(async ({ identities }) => {
    if ((await identities.findAccount(accountId)) !== undefined) {
      throw accountExists(accountId);
    }
    const made = makeAccessKey({ accountId, userId: undefined }, services);
    await identities.insertAccount({ accountId, createdAtMs: made.key.createdAtMs });
    await identities.insertAccessKey(made.key);
    return made;
  });
  return { AccountId: accountId, AccessKeyId: key.accessKeyId, SecretAccessKey: secretAccessKey };
}
