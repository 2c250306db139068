/** The header form: `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`. */
import { badRequest, invalidSignature } from "../../domain/errors.ts";
import {
  type Authorization,
  checkAlgorithm,
  parseCredential,
  parseSignature,
  parseSignedHeaders,
  parseSigningDate,
} from "./credential.ts";
import { listHeaderValues, type WireRequest } from "./wire-request.ts";

type PartName = "Credential" | "SignedHeaders" | "Signature";

/** Reads the header form; errors as `parseAuthorization`. */
export function parseHeaderAuthorization(request: WireRequest): Authorization {
  const parts = parseParts(findSingleHeader(request, "authorization") ?? "");
  const { dateHeader, signingDate } = getSigningDate(request);
  const signedAtMs = parseSigningDate(signingDate, dateHeader);
  const signedHeaders = parseSignedHeaders(getPart(parts, "SignedHeaders"));
  if (!signedHeaders.includes(dateHeader)) {
    throw invalidSignature(
      `SignedHeaders must name '${dateHeader}', which holds the signing date.`,
    );
  }
  const securityToken = findSingleHeader(request, "x-amz-security-token") || undefined;
  return {
    form: "header",
    ...parseCredential(getPart(parts, "Credential"), signingDate),
    signedHeaders,
    signature: parseSignature(getPart(parts, "Signature")),
    signedAtMs,
    ...(securityToken === undefined ? {} : { securityToken }),
  };
}

/** The parts by name. Clients write the commas with a following space or without (boto 2). */
function parseParts(header: string): Map<PartName, string> {
  const algorithm = /^\S*/.exec(header)?.[0] ?? "";
  checkAlgorithm(algorithm);
  const parts = new Map<PartName, string>();
  for (const part of header.slice(algorithm.length).split(",")) {
    const text = part.trim();
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(0, equals));
    const value = text.slice(equals + 1);
    if (!isPartName(name) || /[\n\r\u2028\u2029]/.test(value)) {
      throw badRequest(
        "Authorization must hold Credential=…, SignedHeaders=… and Signature=… joined by ','; " +
          `got '${part}'.`,
      );
    }
    if (parts.has(name)) {
      throw badRequest(`Authorization must name ${name} once.`);
    }
    parts.set(name, value);
  }
  return parts;
}

function isPartName(name: string): name is PartName {
  return name === "Credential" || name === "SignedHeaders" || name === "Signature";
}

function getPart(parts: ReadonlyMap<PartName, string>, name: PartName): string {
  const value = parts.get(name);
  if (value === undefined) {
    throw invalidSignature(`Authorization header requires '${name}' parameter.`);
  }
  return value;
}

/** `x-amz-date` wins over `Date`, which counts only in ISO 8601 basic form (contract §1.2). */
function getSigningDate(request: WireRequest): { dateHeader: string; signingDate: string } {
  for (const dateHeader of ["x-amz-date", "date"]) {
    const signingDate = findSingleHeader(request, dateHeader);
    if (signingDate !== undefined) {
      return { dateHeader, signingDate };
    }
  }
  throw invalidSignature(
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  );
}

function findSingleHeader(request: WireRequest, name: string): string | undefined {
  const values = listHeaderValues(request, name);
  if (values.length > 1) {
    throw badRequest(`Header ${name} must be sent once; got ${values.length} of them.`);
  }
  return values[0]?.trim();
}
