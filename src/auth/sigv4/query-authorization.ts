/** The query form: a presigned URL with `X-Amz-*` parameters (contract §1.3). */
import { badRequest, invalidSignature } from "../../domain/errors.ts";
import { parseQuery, SIGNATURE_PARAMETER } from "./canonical-query.ts";
import {
  type Authorization,
  checkAlgorithm,
  parseCredential,
  parseSignature,
  parseSignedHeaders,
  parseSigningDate,
} from "./credential.ts";
import { listHeaderValues, type WireRequest } from "./wire-request.ts";

/** Longest life of a presigned URL: seven days, in seconds. */
export const MAX_EXPIRES_SECONDS = 604_800;

/** Reads the query form; errors as `parseAuthorization`. */
export function parseQueryAuthorization(request: WireRequest): Authorization {
  const parameters = parseParameters(request.query);
  checkAlgorithm(getParameter(parameters, "X-Amz-Algorithm"));
  const signingDate = getParameter(parameters, "X-Amz-Date");
  const signedAtMs = parseSigningDate(signingDate, "X-Amz-Date");
  const expiresSeconds = parseExpires(getParameter(parameters, "X-Amz-Expires"));
  const securityToken =
    parameters.get("X-Amz-Security-Token") ||
    listHeaderValues(request, "x-amz-security-token").join(",") ||
    undefined;
  return {
    form: "query",
    ...parseCredential(getParameter(parameters, "X-Amz-Credential"), signingDate),
    signedHeaders: parseSignedHeaders(getParameter(parameters, "X-Amz-SignedHeaders")),
    signature: parseSignature(getParameter(parameters, SIGNATURE_PARAMETER)),
    signedAtMs,
    expiresAtMs: signedAtMs + expiresSeconds * 1000,
    ...(securityToken === undefined ? {} : { securityToken }),
  };
}

/** The parameters of authentication by name; the others belong to the operation and may repeat. */
function parseParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of parseQuery(query)) {
    if (name.startsWith("X-Amz-") && parameters.has(name)) {
      throw badRequest(`Parameter ${name} must be sent once.`);
    }
    parameters.set(name, value);
  }
  return parameters;
}

function getParameter(parameters: ReadonlyMap<string, string>, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) {
    throw invalidSignature(`Query authentication requires parameter '${name}'.`);
  }
  return value;
}

function parseExpires(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > MAX_EXPIRES_SECONDS) {
    throw invalidSignature(
      `X-Amz-Expires must be a number of seconds from 1 to ${MAX_EXPIRES_SECONDS}; got '${text}'.`,
    );
  }
  return seconds;
}
