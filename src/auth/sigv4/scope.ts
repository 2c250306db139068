/** Credential scopes, and the service and region for which a request is meant. */
import { invalidSignature } from "../../domain/errors.ts";

/** What a signing key is good for; text form `<date>/<region>/<service>/aws4_request`. */
export interface CredentialScope {
  /** `yyyymmdd`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The last part of every scope. */
export const SCOPE_TERMINATOR = "aws4_request";

/** `<date>/<region>/<service>/aws4_request`. */
export function formatScope(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/${SCOPE_TERMINATOR}`;
}

/**
 * Where a request with this scope is handled. A served service stands as it is. boto 2 knows no
 * service name and takes service and region from the host (`0/127` for 127.0.0.1); exactly such a
 * scope is Glacier in the default region (contract §0 C). The signature must still be checked with
 * the scope as it was sent.
 *
 * Errors: `InvalidSignatureException` for any other service, naming the scope expected.
 */
export function decideService(options: {
  readonly scope: CredentialScope;
  /** As received, port included; `undefined` when the request has none. */
  readonly hostHeader: string | undefined;
  readonly servedServices: readonly string[];
  readonly defaultRegion: string;
}): { service: string; region: string } {
  const { scope, hostHeader, servedServices, defaultRegion } = options;
  if (servedServices.includes(scope.service)) {
    return { service: scope.service, region: scope.region };
  }
  if (hostHeader !== undefined && isScopeOfHost(scope, hostHeader)) {
    return { service: "glacier", region: defaultRegion };
  }
  const expected = formatScope({ ...scope, region: defaultRegion, service: "glacier" });
  throw invalidSignature(
    `Credential should be scoped to correct service: got '${formatScope(scope)}', ` +
      `expected '${expected}'.`,
  );
}

/**
 * boto 2's `HmacAuthV4Handler`: the service is the first label of the host; the region is the
 * second one, the only one of a single-label host, and `us-east-1` for three labels
 * (`glacier.amazonaws.com`).
 */
function isScopeOfHost(scope: CredentialScope, hostHeader: string): boolean {
  const labels = hostHeader.replace(/:\d+$/, "").split(".");
  const [service = "", secondLabel = service] = labels;
  const region = labels.length === 3 ? "us-east-1" : secondLabel;
  return service !== "" && scope.service === service && scope.region === region;
}
