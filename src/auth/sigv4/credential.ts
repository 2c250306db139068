/** The parts of an authorization that its header form and its query form share. */
import { invalidSignature } from "../../domain/errors.ts";
import { findIsoBasicInstant } from "../../std/iso-time.ts";
import { type CredentialScope, SCOPE_TERMINATOR } from "./scope.ts";
import { ALGORITHM } from "./string-to-sign.ts";

/** Who signed, and for what. */
export interface Credential {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
}

/** What a signature claims; nothing in it has been verified. */
export interface Authorization extends Credential {
  readonly form: "header" | "query";
  /** Lower-case names in the order in which they were signed. */
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hex digits. */
  readonly signature: string;
  readonly signedAtMs: number;
  /** Last instant at which a query form is valid; a header form has none. */
  readonly expiresAtMs?: number;
  /** Session token of temporary credentials. */
  readonly securityToken?: string;
}

/**
 * Reads `<access key id>/<yyyymmdd>/<region>/<service>/aws4_request`. The scope's date must be
 * the day of `signingDate` (ISO basic). Errors: `InvalidSignatureException` naming the part that is
 * wrong.
 */
export function parseCredential(text: string, signingDate: string): Credential {
  const match = /^([!-~]+)\/(\d{8})\/([!-.0-~]+)\/([!-.0-~]+)\/([!-.0-~]+)$/.exec(text);
  if (match === null) {
    throw invalidSignature(
      "Credential must be <access key id>/<yyyymmdd>/<region>/<service>/aws4_request; " +
        `got '${text}'.`,
    );
  }
  const [, accessKeyId = "", date = "", region = "", service = "", terminator = ""] = match;
  if (terminator !== SCOPE_TERMINATOR) {
    throw invalidSignature(
      `Credential should be scoped with a valid terminator: '${SCOPE_TERMINATOR}', ` +
        `not '${terminator}'.`,
    );
  }
  if (date !== signingDate.slice(0, 8)) {
    throw invalidSignature(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
        `'${date}' != '${signingDate.slice(0, 8)}', from '${signingDate}'.`,
    );
  }
  return { accessKeyId, scope: { date, region, service } };
}

/**
 * Names of a `;`-separated list; `InvalidSignatureException` unless lower-case tokens, each named
 * once.
 */
export function parseSignedHeaders(text: string): string[] {
  const names = text.split(";");
  // No name is empty, and none has a character that a lower-case token can't have.
  const wellFormed = !/^;|;;|;$|^$|[^a-z0-9!#$%&'*+.^_`|~;-]/.test(text);
  if (!wellFormed || holdsTwice(names)) {
    throw invalidSignature(
      `SignedHeaders must be distinct lower-case header names joined by ';'; got '${text}'.`,
    );
  }
  return names;
}

/** A few names are compared with each other in less time than a set takes to be made. */
function holdsTwice(names: readonly string[]): boolean {
  return names.length <= FEW_NAMES
    ? names.some((name, index) => names.includes(name, index + 1))
    : new Set(names).size !== names.length;
}

const FEW_NAMES = 16;

/** The signature itself; `InvalidSignatureException` unless 64 lower-case hex digits. */
export function parseSignature(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw invalidSignature(`Signature must be 64 lower-case hex digits; got '${text}'.`);
  }
  return text;
}

/** Epoch milliseconds of the signing date; `name` is the header or parameter it stands in. */
export function parseSigningDate(text: string, name: string): number {
  const signedAtMs = findIsoBasicInstant(text);
  if (signedAtMs === undefined) {
    throw invalidSignature(
      `Date must be in ISO-8601 'basic format' (20120525T002453Z). Got '${text}' in ${name}.`,
    );
  }
  return signedAtMs;
}

/**
 * The refusal of every algorithm but `AWS4-HMAC-SHA256`, among them `AWS` (version 2) and SigV4A.
 */
export function checkAlgorithm(algorithm: string): void {
  if (algorithm !== ALGORITHM) {
    throw invalidSignature(`Unsupported signing algorithm '${algorithm}'; use ${ALGORITHM}.`);
  }
}
