/** Decides whether a statement applies to a request; `evaluate` and `explain` both build on it. */
import { conditionHolds } from "./condition.ts";
import type { PatternElement } from "./document.ts";
import { matchesPattern, matchesWildcard, type StepMeter } from "./match.ts";
import type { PlacedStatement } from "./policy-set.ts";
import { findReach, type Reach } from "./principal.ts";
import type { PolicyRequest } from "./request.ts";
import { findPattern, type PatternScope } from "./variables.ts";

export type StatementMatch =
  | { readonly isMatch: true; readonly reach: Reach }
  /** The first element that does not fit: `Action`, `Condition.Bool.aws:SecureTransport`. */
  | { readonly isMatch: false; readonly failedElement: string };

/** Whether all elements of the statement fit the request. */
export function matchStatement(
  { statement, document }: Pick<PlacedStatement, "statement" | "document">,
  request: PolicyRequest,
  meter?: StepMeter,
): StatementMatch {
  const { principal, action, resource, conditions, effect } = statement;
  const reach =
    principal === undefined ? "directly" : findReach(principal, request.principal, effect);
  if (reach === undefined) {
    return mismatch(principal?.isNegated ? "NotPrincipal" : "Principal");
  }
  if (!matchesAction(action, request.action, meter)) {
    return mismatch(action.isNegated ? "NotAction" : "Action");
  }
  const scope: PatternScope = {
    context: request.context,
    hasVariables: document.version === "2012-10-17",
    effect,
    ...(meter === undefined ? {} : { meter }),
  };
  if (!matchesResource(resource, request.resourceArn, scope)) {
    return mismatch(resource.isNegated ? "NotResource" : "Resource");
  }
  const failed = conditions.find((condition) => !conditionHolds(condition, scope));
  return failed === undefined
    ? { isMatch: true, reach }
    : mismatch(`Condition.${failed.operatorText}.${failed.keyText}`);
}

function mismatch(failedElement: string): StatementMatch {
  return { isMatch: false, failedElement };
}

/** Letter case of actions does not count (contract §6.3). */
function matchesAction(element: PatternElement, action: string, meter?: StepMeter): boolean {
  const folded = action.toLowerCase();
  const isNamed = element.patterns.some((pattern) =>
    matchesWildcard(pattern.toLowerCase(), folded, meter),
  );
  return isNamed !== element.isNegated;
}

/**
 * A pattern whose variable the request lacks names no resource; in a `NotResource` of an Allow it names
 * every resource, so that what can't be known never widens access.
 */
function matchesResource(element: PatternElement, arn: string, scope: PatternScope): boolean {
  const isNamedWithoutValue = element.isNegated && scope.effect === "Allow";
  const isNamed = element.patterns.some((text) => {
    const pattern = findPattern(text, scope);
    return pattern === undefined ? isNamedWithoutValue : matchesPattern(pattern, arn, scope.meter);
  });
  return isNamed !== element.isNegated;
}
