/** The shape of a parsed policy document: plain values, the same for every kind of policy. */

/** What a document is attached to: a user, a vault (two documents at most), a topic. */
export type PolicyKind = "identity" | "vault-access" | "vault-lock" | "topic";

/** The two versions of the policy language; only the newer one knows `${…}` variables. */
export type PolicyVersion = "2008-10-17" | "2012-10-17";

export type Effect = "Allow" | "Deny";

export interface PolicyDocument {
  readonly kind: PolicyKind;
  /** `2008-10-17` when the document names none. */
  readonly version: PolicyVersion;
  readonly id?: string;
  /** In the document's order; at least one. */
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly sid?: string;
  readonly effect: Effect;
  /** Present exactly in the documents of resources (vaults, topics). */
  readonly principal?: PrincipalElement;
  readonly action: PatternElement;
  readonly resource: PatternElement;
  /** All must hold. */
  readonly conditions: readonly Condition[];
}

/** `Principal`, or `NotPrincipal` when negated. */
export interface PrincipalElement {
  readonly isNegated: boolean;
  readonly principals: readonly PrincipalName[];
}

export type PrincipalName =
  | { readonly kind: "everyone" }
  /** An account: its root, and by delegation everybody in it. */
  | { readonly kind: "account"; readonly accountId: string }
  | { readonly kind: "arn"; readonly arn: string };

/** `Action` or `Resource`, or their `Not…` forms when negated; one pattern that matches is enough. */
export interface PatternElement {
  readonly isNegated: boolean;
  readonly patterns: readonly string[];
}

/** One key of one operator of a `Condition` element; one value that matches is enough. */
export interface Condition {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  readonly operatorText: string;
  /** `StringLike`: a name of the table of operators. */
  readonly operator: string;
  readonly quantifier?: "ForAnyValue" | "ForAllValues";
  readonly isIfExists: boolean;
  /** As written. */
  readonly keyText: string;
  /** In lower case, as keys are compared. */
  readonly key: string;
  /** At least one; numbers and booleans of the document as text. */
  readonly values: readonly string[];
}
