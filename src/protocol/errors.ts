/** THE ERROR TABLE: status and type of each code on the wire (contract §1.5). */
import type { ErrorCode } from "../domain/errors.ts";

export interface ErrorRow {
  readonly status: number;
  readonly type: "Client" | "Server";
}

export const errorTable = {
  AccessDeniedException: { status: 403, type: "Client" },
  BadRequest: { status: 400, type: "Client" },
  ExpiredTokenException: { status: 403, type: "Client" },
  InsufficientCapacityException: { status: 503, type: "Server" },
  InvalidParameterValueException: { status: 400, type: "Client" },
  InvalidSignatureException: { status: 403, type: "Client" },
  LimitExceededException: { status: 400, type: "Client" },
  MissingAuthenticationTokenException: { status: 400, type: "Client" },
  MissingParameterValueException: { status: 400, type: "Client" },
  PolicyEnforcedException: { status: 400, type: "Client" },
  RequestTimeoutException: { status: 408, type: "Client" },
  ResourceNotFoundException: { status: 404, type: "Client" },
  SerializationException: { status: 400, type: "Client" },
  ServiceUnavailableException: { status: 500, type: "Server" },
  ThrottlingException: { status: 400, type: "Client" },
  UnrecognizedClientException: { status: 400, type: "Client" },
} as const satisfies Record<ErrorCode, ErrorRow>;
