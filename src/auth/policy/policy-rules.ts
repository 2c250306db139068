/** What differs between the kinds of policy documents, and how a broken rule is told. */
import { invalidParameter, type ServiceError } from "../../domain/errors.ts";
import type { PolicyKind, PolicyVersion } from "./document.ts";

/** What a document is checked against. */
export interface PolicyContext {
  readonly kind: PolicyKind;
  /** Of the text in UTF-8, as sent (contract §1.10: 20 480 for vault policies). */
  readonly maxBytes: number;
  /** The ARN of the vault (or topic); needed for every kind but `identity`. */
  readonly ownArn?: string;
  /** All actions of the service, with prefix (`glacier:CreateVault`); needed as `ownArn`. */
  readonly knownActions?: readonly string[];
  /** Those of them that act on a vault (or topic) and may stand in its policies (contract §6.5). */
  readonly vaultActions?: readonly string[];
}

/** What a statement is checked against: the same, and the language that its document is written in. */
export type StatementContext = PolicyContext & { readonly version: PolicyVersion };

export interface PolicyRules {
  /** How every refusal of such a document begins. */
  readonly refusal: string;
  /** Whether the document belongs to a resource: it names principals, and its own ARN. */
  readonly isOfResource: boolean;
  /** Whether a condition key that no request to this service has is a mistake. */
  readonly refusesUnknownKeys: boolean;
  /** Whether a Sid is letters and digits only, as IAM wants it. */
  readonly hasAlphanumericSids: boolean;
}

/** The text for locks is recorded, the one for access policies inferred (contract §1.5, §2.11). */
export const policyRules = {
  identity: {
    refusal: "The specified policy document is invalid. Provide a valid policy.",
    isOfResource: false,
    refusesUnknownKeys: false,
    hasAlphanumericSids: true,
  },
  "vault-access": {
    refusal: "The specified vault access policy is invalid. Provide a valid policy.",
    isOfResource: true,
    refusesUnknownKeys: true,
    hasAlphanumericSids: false,
  },
  "vault-lock": {
    refusal: "The specified vault lock policy is invalid. Provide a valid policy.",
    isOfResource: true,
    refusesUnknownKeys: true,
    hasAlphanumericSids: false,
  },
  topic: {
    refusal: "The specified topic policy is invalid. Provide a valid policy.",
    isOfResource: true,
    refusesUnknownKeys: false,
    hasAlphanumericSids: false,
  },
} as const satisfies Record<PolicyKind, PolicyRules>;

/** The refusal of a document; `sentence` names the element, the value and the rule. */
export function invalidPolicy(kind: PolicyKind, sentence: string): ServiceError {
  return invalidParameter(`${policyRules[kind].refusal} ${sentence}`);
}

const SHOWN_CHARACTERS = 120;

/** A value of the document as messages show it: JSON, cut to a bearable length. */
export function showValue(value: unknown): string {
  const text = formatShown(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

function formatShown(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.slice(0, SHOWN_CHARACTERS));
  }
  if (Array.isArray(value)) {
    return "a list";
  }
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
