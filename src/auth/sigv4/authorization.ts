/** How a request says that it is signed: in its `Authorization` header, or in its query. */
import { badRequest, ServiceError } from "../../domain/errors.ts";
import { parseQuery, SIGNATURE_PARAMETER } from "./canonical-query.ts";
import type { Authorization } from "./credential.ts";
import { parseHeaderAuthorization } from "./header-authorization.ts";
import { parseQueryAuthorization } from "./query-authorization.ts";
import { listHeaderValues, type WireRequest } from "./wire-request.ts";

export type { Authorization } from "./credential.ts";

const queryMarks = new Set(["X-Amz-Algorithm", "X-Amz-Credential", SIGNATURE_PARAMETER]);

/**
 * Reads the authorization of `request` (contract §1.2, §1.3).
 *
 * Errors: `MissingAuthenticationTokenException` when there is none; `BadRequest` when it can't be
 * read as one (both forms at once, a repeated header or parameter, no list of `name=value`);
 * `InvalidSignatureException` when a part is missing or wrong, naming the part.
 */
export function parseAuthorization(request: WireRequest): Authorization {
  const headerForm = listHeaderValues(request, "authorization").length > 0;
  const queryForm =
    request.query !== "" && parseQuery(request.query).some(([name]) => queryMarks.has(name));
  if (headerForm && queryForm) {
    throw badRequest(
      "Only one form of authentication is allowed: the Authorization header or X-Amz-* parameters.",
    );
  }
  if (headerForm) {
    return parseHeaderAuthorization(request);
  }
  if (queryForm) {
    return parseQueryAuthorization(request);
  }
  throw new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token");
}
