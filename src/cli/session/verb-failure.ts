/** How a verb ends when it can't do its work: a message that says what to do next, and an exit status. */
import { AdminRefusal, AdminUnreachable } from "../../client/admin-errors.ts";
import {
  ClientConfigError,
  ClientInputError,
  GlacierServiceError,
  SourceChangedError,
  TransportError,
} from "../../client/errors.ts";
import { ServiceError } from "../../domain/errors.ts";
import { EXIT } from "../exit-codes.ts";

/** A verb's own refusal; the message says what to do. */
export class VerbFailure extends Error {
  override readonly name = "VerbFailure";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Bad words: the flags or arguments don't fit together. */
export function usageFailure(message: string): VerbFailure {
  return new VerbFailure(EXIT.usage, message);
}

/** The reason of a session's abort, when a signal of the operating system ended it. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  readonly signal: "SIGINT" | "SIGTERM";

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}

/** Codes of the service that mean: it could be done, but somebody forbade it. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ["AccessDeniedException", "a policy or a vault lock forbids it"],
  [
    "PolicyEnforcedException",
    "the data retrieval policy has no room for it: try later, ask for less, or take --tier Bulk",
  ],
]);

const CREDENTIAL_CODES = new Set([
  "MissingAuthenticationTokenException",
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "ExpiredTokenException",
]);

/** `error` as a `VerbFailure`; what is none of a user's making is thrown as it is. */
export function describeVerbFailure(error: unknown): VerbFailure {
  if (error instanceof VerbFailure) {
    return error;
  }
  if (error instanceof Interruption) {
    const exitCode = error.signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    return new VerbFailure(exitCode, "interrupted", { cause: error });
  }
  if (error instanceof GlacierServiceError) {
    return describeServiceError(error);
  }
  if (error instanceof AdminUnreachable) {
    const hint = "is the service running, and is --admin-url its console listener?";
    return new VerbFailure(EXIT.unreachable, `${error.message}; ${hint}`, { cause: error });
  }
  if (error instanceof AdminRefusal) {
    const exitCode = error.status < 500 ? EXIT.failed : EXIT.unreachable;
    return new VerbFailure(exitCode, `${error.code}: ${error.message}`, { cause: error });
  }
  if (error instanceof TransportError) {
    const advice = "Is the service running, and is the endpoint right? `moraine doctor` shows it.";
    return new VerbFailure(EXIT.unreachable, `${error.message} ${advice}`, { cause: error });
  }
  if (error instanceof ClientConfigError) {
    const advice = "`moraine configure` sets endpoint, region and credentials.";
    return new VerbFailure(EXIT.noCredentials, `${error.message} ${advice}`, { cause: error });
  }
  if (error instanceof ClientInputError || error instanceof ServiceError) {
    return new VerbFailure(EXIT.usage, error.message, { cause: error });
  }
  if (error instanceof SourceChangedError || isSystemError(error)) {
    return new VerbFailure(EXIT.failed, error.message, { cause: error });
  }
  throw error;
}

function describeServiceError(error: GlacierServiceError): VerbFailure {
  const { code, message } = error;
  const refusal = REFUSALS.get(code);
  if (refusal !== undefined) {
    return new VerbFailure(EXIT.refused, `${code}: ${message} (${refusal})`, { cause: error });
  }
  if (CREDENTIAL_CODES.has(code)) {
    const advice =
      "`moraine doctor` shows which credentials were used, and whether the clock is off.";
    // What the service computed follows after a blank line: that is for people who write signers.
    const [reason] = message.split("\n\n", 1);
    return new VerbFailure(EXIT.noCredentials, `${code}: ${reason} ${advice}`, { cause: error });
  }
  const request = error.requestId === undefined ? "" : ` (request ${error.requestId})`;
  return new VerbFailure(EXIT.unreachable, `${code}: ${message}${request}`, { cause: error });
}

/** An error of the file system: it names its path and its reason. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
