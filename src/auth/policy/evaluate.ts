/** THE decision: whether policies let a caller do what a request asks (contract §6.3, §6.4). */
import type { StepMeter } from "./match.ts";
import { matchStatement } from "./match-statement.ts";
import {
  listStatements,
  type PlacedStatement,
  type PolicySet,
  type StatementOrigin,
} from "./policy-set.ts";
import type { Reach } from "./principal.ts";
import type { PolicyRequest } from "./request.ts";

export interface Decision {
  readonly allowed: boolean;
  readonly reason: "explicit-deny" | "allowed" | "implicit-deny" | "owner-root";
  /** The statement that denied, or the one that allowed; absent when none did. */
  readonly decidedBy?: StatementOrigin;
  /** With `implicit-deny`: the sides whose Allow is lacking; within one account either would do. */
  readonly missing?: readonly ("identity" | "resource")[];
}

/**
 * Decides `request`:
 * 1. a Deny in any policy wins, against roots too;
 * 2. the root of the resource's account may do everything else;
 * 3. a caller of the same account needs one Allow: in a policy of its own, or in a policy of the resource
 *    that names it or `*` (naming its account only delegates to the caller's own policies);
 * 4. a caller of another account needs both; a root there needs no policy of its own.
 *
 * A lock policy is a policy of the resource like the access policy, so its Allow statements count
 * (the guide's legal-hold example has one).
 */
export function evaluate(request: PolicyRequest, policies: PolicySet, meter?: StepMeter): Decision {
  const matches = listStatements(policies).flatMap((placed) => {
    const match = matchStatement(placed, request, meter);
    return match.isMatch ? [{ ...placed, reach: match.reach }] : [];
  });
  const denial = matches.find(({ statement }) => statement.effect === "Deny");
  if (denial !== undefined) {
    return { allowed: false, reason: "explicit-deny", decidedBy: denial.origin };
  }
  const isOfOwner = request.principal.accountId === request.resourceAccountId;
  if (isOfOwner && request.principal.isRoot) {
    return { allowed: true, reason: "owner-root" };
  }
  return isOfOwner ? decideWithinAccount(matches) : decideAcrossAccounts(request, matches);
}

type Match = PlacedStatement & { readonly reach: Reach };

function decideWithinAccount(matches: readonly Match[]): Decision {
  const allow = matches.find((match) => isOfIdentity(match) || match.reach === "directly");
  return allow === undefined
    ? { allowed: false, reason: "implicit-deny", missing: ["identity", "resource"] }
    : { allowed: true, reason: "allowed", decidedBy: allow.origin };
}

function decideAcrossAccounts(request: PolicyRequest, matches: readonly Match[]): Decision {
  const ofResource = matches.find((match) => !isOfIdentity(match));
  const hasIdentityAllow = request.principal.isRoot || matches.some(isOfIdentity);
  if (ofResource !== undefined && hasIdentityAllow) {
    return { allowed: true, reason: "allowed", decidedBy: ofResource.origin };
  }
  const missing = [
    ...(hasIdentityAllow ? [] : (["identity"] as const)),
    ...(ofResource === undefined ? (["resource"] as const) : []),
  ];
  return { allowed: false, reason: "implicit-deny", missing };
}

function isOfIdentity({ origin }: Pick<Match, "origin">): boolean {
  return origin.policyKind === "identity";
}
