/** Decides whether a caller may do what the request asks. */
import { accessDenied } from "../domain/errors.ts";
import { type AccountId, findAccountId } from "../domain/ids.ts";
import type { Principal } from "../ports/credential-store.ts";

/**
 * The account that the path names: `-` is the caller's own. The only identities are the roots of accounts,
 * and a root may do everything in its own account and nothing elsewhere.
 * Throws `AccessDeniedException` with the recorded text for any other account (contract §1.1).
 */
export function authorizeAccount(accountSegment: string, principal: Principal): AccountId {
  const named = accountSegment === "-" ? principal.accountId : findAccountId(accountSegment);
  if (named === undefined || named !== principal.accountId) {
    throw accessDenied(`Access denied for account ID: ${accountSegment}`);
  }
  return named;
}
