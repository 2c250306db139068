/** `Principal` and `NotPrincipal`: whom a statement of a vault's policy speaks of (contract §6.3). */
import type { Effect, PrincipalElement, PrincipalName } from "./document.ts";
import type { PolicyPrincipal } from "./request.ts";

/**
 * How a statement reaches a caller: by its own ARN, as the root of a named account or with `*`
 * ("directly"), or as a member of a named account, whose own policies then decide ("delegated").
 */
export type Reach = "directly" | "delegated";

/** How the element reaches `principal`; `undefined` when it does not. */
export function findReach(
  element: PrincipalElement,
  principal: PolicyPrincipal,
  effect: Effect,
): Reach | undefined {
  const reaches = element.principals.map((name) => findReachOfName(name, principal));
  if (element.isNegated) {
    return reaches.some((reach) => isExempt(reach, effect)) ? undefined : "directly";
  }
  return reaches.find((reach) => reach === "directly") ?? reaches.find(Boolean);
}

/** The principal that a text in `Principal` names; `undefined` when it has no legal form. */
export function findPrincipalName(text: string): PrincipalName | undefined {
  if (text === "*") {
    return { kind: "everyone" };
  }
  const account = /^(?:arn:aws:iam::(\d{12}):root|(\d{12}))$/.exec(text);
  if (account !== null) {
    return { kind: "account", accountId: account[1] ?? account[2] ?? "" };
  }
  const identity =
    /^arn:aws:(?:iam::\d{12}:(?:user|role)|sts::\d{12}:(?:assumed-role|federated-user))\/[\w+=,.@/-]{1,1024}$/;
  return identity.test(text) ? { kind: "arn", arn: text } : undefined;
}

function findReachOfName(name: PrincipalName, principal: PolicyPrincipal): Reach | undefined {
  switch (name.kind) {
    case "everyone":
      return "directly";
    case "account":
      if (name.accountId !== principal.accountId) {
        return undefined;
      }
      return principal.isRoot ? "directly" : "delegated";
    case "arn":
      return name.arn === principal.arn ? "directly" : undefined;
  }
}

/**
 * An account in `NotPrincipal` exempts its root from a Deny, but not its users, as in AWS; from an Allow it
 * leaves out all of them. Both are the narrower reading.
 */
function isExempt(reach: Reach | undefined, effect: Effect): boolean {
  return effect === "Deny" ? reach === "directly" : reach !== undefined;
}
