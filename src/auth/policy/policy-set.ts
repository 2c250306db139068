/** The policies that bear on one request, and the statements in them. */
import type { PolicyDocument, PolicyKind, Statement } from "./document.ts";

/** A document under the name that decisions and explanations give it. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** The documents that bear on one request. */
export interface PolicySet {
  /** Those of the caller; empty for a root. */
  readonly identity: readonly NamedPolicy[];
  /** The vault's access policy (or the topic's policy). */
  readonly access?: NamedPolicy;
  /** The vault's lock policy, in progress or locked. */
  readonly lock?: NamedPolicy;
}

/** Where a statement stands; `statementIndex` counts from 0. */
export interface StatementOrigin {
  readonly policyKind: PolicyKind;
  readonly policyName: string;
  readonly statementIndex: number;
  readonly sid?: string;
}

export interface PlacedStatement {
  readonly origin: StatementOrigin;
  readonly statement: Statement;
  readonly document: PolicyDocument;
}

/** Every statement of the set: identity policies, access policy, lock policy, each in its order. */
export function listStatements(policies: PolicySet): readonly PlacedStatement[] {
  const named = [...policies.identity, policies.access, policies.lock].filter(
    (policy) => policy !== undefined,
  );
  return named.flatMap(({ name, document }) =>
    document.statements.map((statement, statementIndex) => ({
      origin: {
        policyKind: document.kind,
        policyName: name,
        statementIndex,
        ...(statement.sid === undefined ? {} : { sid: statement.sid }),
      },
      statement,
      document,
    })),
  );
}
