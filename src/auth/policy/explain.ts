/** Tells how each statement bore on a request, for `moraine policy explain`. */
import type { Effect } from "./document.ts";
import { matchStatement } from "./match-statement.ts";
import { listStatements, type PolicySet, type StatementOrigin } from "./policy-set.ts";
import type { Reach } from "./principal.ts";
import type { PolicyRequest } from "./request.ts";

export type StatementExplanation = StatementOrigin & {
  readonly effect: Effect;
} & (
    | {
        readonly isMatch: true;
        /** "delegated": names only the caller's account, so the caller's own policies decide. */
        readonly reach: Reach;
      }
    | {
        readonly isMatch: false;
        /** The first element that does not fit: `Resource`, `Condition.Bool.aws:SecureTransport`. */
        readonly failedElement: string;
      }
  );

/** Every statement in the order in which `evaluate` looks at them. */
export function explain(
  request: PolicyRequest,
  policies: PolicySet,
): readonly StatementExplanation[] {
  return listStatements(policies).map((placed) => ({
    ...placed.origin,
    effect: placed.statement.effect,
    ...matchStatement(placed, request),
  }));
}
