/**
 * What a call can end with besides its output. Texts are those of the AWS CLI where it has one, because
 * people search for them. No message holds a secret: none names a credential or a signature.
 */

/** The service answered with an error. */
export class GlacierServiceError extends Error {
  override readonly name = "GlacierServiceError";
  /** Such as `ResourceNotFoundException`; the status as text when the answer names no code. */
  readonly code: string;
  readonly status: number;
  /** Absent when something other than the service answered. */
  readonly requestId: string | undefined;
  /** How many times the request was sent; above 1 the error is that of the last attempt. */
  readonly attempts: number;

  constructor(
    message: string,
    details: {
      readonly code: string;
      readonly status: number;
      readonly requestId: string | undefined;
      readonly attempts: number;
    },
  ) {
    super(message);
    this.code = details.code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.attempts = details.attempts;
  }
}

/** The client can't begin: no credentials, no region, a bad endpoint, a bad configuration file. */
export class ClientConfigError extends Error {
  override readonly name = "ClientConfigError";
}

/** A value can't be sent as the member that it was given for. */
export class ClientInputError extends Error {
  override readonly name = "ClientInputError";
}

/** What is to be uploaded is not what was hashed; sending it again can't help. */
export class SourceChangedError extends Error {
  override readonly name = "SourceChangedError";
}

/** What went wrong on the way to the service. */
export type TransportFailure =
  | "unreachable"
  | "connect-timeout"
  | "read-timeout"
  | "closed"
  | "tls"
  /** An answer of success that is not one of the API, as from a wrong server. */
  | "not-the-api";

/** No answer of the service came, or not all of it. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly failure: TransportFailure;

  constructor(failure: TransportFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** No source of credentials has any. */
export function noCredentials(options?: ErrorOptions): ClientConfigError {
  return new ClientConfigError(
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
    options,
  );
}

/** Neither flag, environment nor profile names a region. */
export function noRegion(): ClientConfigError {
  return new ClientConfigError(
    'You must specify a region. You can also configure your region by running "aws configure".',
  );
}

/** The transport failure that `error`, of a connection to `url`, stands for. */
export function transportFailure(error: unknown, url: string): TransportError {
  if (error instanceof TransportError) {
    return error;
  }
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  const failure = classifyCode(code);
  return new TransportError(failure, describeFailure(failure, url, message), { cause: error });
}

/** The text for a failure; `reason` is shown for TLS only. */
export function describeFailure(failure: TransportFailure, url: string, reason: string): string {
  switch (failure) {
    case "unreachable":
      return `Could not connect to the endpoint URL: "${url}"`;
    case "connect-timeout":
      return `Connect timeout on endpoint URL: "${url}"`;
    case "read-timeout":
      return `Read timeout on endpoint URL: "${url}"`;
    case "closed":
      return `Connection was closed before we received a valid response from endpoint URL: "${url}".`;
    case "tls":
      return `SSL validation failed for ${url} ${reason}`;
    case "not-the-api":
      return `The answer from endpoint URL "${url}" is not one of the Glacier API: ${reason}`;
  }
}

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

/** OpenSSL's names of what is wrong with a certificate; Node has no common prefix for them. */
const TLS_PATTERN =
  /^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|EPROTO$|INVALID_CA|HOSTNAME_MISMATCH)/;

function classifyCode(code: string): TransportFailure {
  if (UNREACHABLE.has(code)) {
    return "unreachable";
  }
  if (code === "ETIMEDOUT") {
    return "connect-timeout";
  }
  return TLS_PATTERN.test(code) ? "tls" : "closed";
}
