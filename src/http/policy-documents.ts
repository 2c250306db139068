/** Texts of policies → parsed documents, each text parsed once while it is in use. */
import type { PolicyDocument, PolicyKind } from "../auth/policy/document.ts";
import { parsePolicyDocument } from "../auth/policy/parse-document.ts";
import type { PolicyContext } from "../auth/policy/policy-rules.ts";
import { serviceUnavailable } from "../domain/errors.ts";
import { VAULT_POLICY_MAX_BYTES } from "../domain/limits.ts";
import type { PolicyTarget } from "../operations/handler.ts";
import { actionOf, operationNames } from "../protocol/operations.ts";
import { isOnVault } from "./policy-request.ts";

export interface PolicyDocuments {
  /** Checks a text that is to be stored. Throws `InvalidParameterValueException` naming the element. */
  readonly validate: (text: string, target: PolicyTarget) => void;
  /**
   * The document of a stored text. One that no longer parses would decide nothing, so it lets nobody in:
   * throws `ServiceUnavailableException`.
   */
  readonly read: (text: string, target: StoredTarget) => PolicyDocument;
}

/** What a stored text belongs to. */
export type StoredTarget = PolicyTarget | { readonly kind: "identity" };

/** Parsed documents kept; each is at most 20 KiB of text and what it parses to. */
const DOCUMENTS_MAX = 1000;
/** Identity policies are measured where they are stored. */
const IDENTITY_POLICY_MAX_BYTES = Number.MAX_SAFE_INTEGER;

/** Documents for the policies of this service; nothing is parsed yet. */
export function createPolicyDocuments(): PolicyDocuments {
  const documents = new Map<string, PolicyDocument>();
  const keep = (key: string, document: PolicyDocument) => {
    // A map keeps the order of insertion: its first key is the one not used for the longest time.
    documents.delete(key);
    documents.set(key, document);
    const [oldest] = documents.keys();
    if (documents.size > DOCUMENTS_MAX && oldest !== undefined) {
      documents.delete(oldest);
    }
  };
  return {
    validate: (text, target) => {
      parsePolicyDocument(text, contextOf(target));
    },
    read: (text, target) => {
      const key = `${target.kind} ${text}`;
      const document = documents.get(key) ?? parseStored(text, target);
      keep(key, document);
      return document;
    },
  };
}

function parseStored(text: string, target: StoredTarget): PolicyDocument {
  try {
    return parsePolicyDocument(text, contextOf(target));
  } catch (cause) {
    throw serviceUnavailable(`A stored ${target.kind} policy can't be read.`, cause);
  }
}

function contextOf(target: StoredTarget): PolicyContext {
  if (target.kind === "identity") {
    return { kind: target.kind, maxBytes: IDENTITY_POLICY_MAX_BYTES };
  }
  return {
    kind: target.kind satisfies PolicyKind,
    maxBytes: VAULT_POLICY_MAX_BYTES,
    ownArn: target.ownArn,
    knownActions: operationNames.map(actionOf),
    vaultActions: operationNames.filter(isOnVault).map(actionOf),
  };
}
