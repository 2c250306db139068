/** An operator's action: lists the accounts. */
import { type AccountId, findAccountId } from "../../domain/ids.ts";
import { ACCOUNTS_PAGE_MAX } from "../../domain/limits.ts";
import { validationError } from "../../domain/management-error.ts";
import { splitPage } from "../../domain/pagination.ts";
import { formatIsoMilliseconds } from "../../std/iso-time.ts";
import type { Services } from "../handler.ts";

/** One page of accounts by id. */
export interface AccountList {
  readonly Accounts: readonly { readonly AccountId: AccountId; readonly CreationDate: string }[];
  /** The first account of the next page; null on the last one. */
  readonly Marker: AccountId | null;
}

/** The accounts from the one that `marker` names on. Throws `ManagementError` `ValidationError`. */
export async function listAccounts(
  marker: string | undefined,
  { metadata }: Pick<Services, "metadata">,
): Promise<AccountList> {
  const fromAccountId = marker === undefined ? undefined : findAccountId(marker);
  if (marker !== undefined && fromAccountId === undefined) {
    throw validationError(`marker must be 12 digits; got ${JSON.stringify(marker)}`);
  }
  const accounts = await metadata.identities.listAccountsPage({
    fromAccountId,
    limit: ACCOUNTS_PAGE_MAX + 1,
  });
  const { items, next } = splitPage(accounts, ACCOUNTS_PAGE_MAX);
  return {
    Accounts: items.map((account) => ({
      AccountId: account.accountId,
      CreationDate: formatIsoMilliseconds(account.createdAtMs),
    })),
    Marker: next?.accountId ?? null,
  };
}
