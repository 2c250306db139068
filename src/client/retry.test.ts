import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ClientConfigError,
  describeFailure,
  GlacierServiceError,
  SourceChangedError,
  TransportError,
  type TransportFailure,
} from "./errors.ts";
import { decideRetry } from "./retry.ts";

function serviceError(status: number, code: string): GlacierServiceError {
  return new GlacierServiceError("text", { code, status, requestId: "r", attempts: 1 });
}

function transportError(failure: TransportFailure): TransportError {
  return new TransportError(failure, describeFailure(failure, "http://h/", ""));
}

function decide(error: unknown, attempt = 1): number | undefined {
  return decideRetry({ attempt, maxAttempts: 5, error, jitter: 0.5 });
}

describe("decideRetry", () => {
  it("retries the answers of an overloaded or failing service", () => {
    for (const status of [408, 429, 500, 502, 503, 504]) {
      assert.equal(decide(serviceError(status, "Any")), 500, String(status));
    }
    assert.equal(decide(serviceError(400, "ThrottlingException")), 500);
    // As the AWS CLI v2 has it, though the limits of Glacier do not pass.
    assert.equal(decide(serviceError(400, "LimitExceededException")), 500);
  });

  it("lets every other refusal stand", () => {
    for (const status of [400, 403, 404, 413, 501]) {
      assert.equal(decide(serviceError(status, "InvalidParameterValueException")), undefined);
    }
  });

  it("retries connections that failed or fell silent", () => {
    for (const failure of ["unreachable", "connect-timeout", "read-timeout", "closed"] as const) {
      assert.equal(decide(transportError(failure)), 500, failure);
    }
  });

  it("lets what another attempt can't cure stand", () => {
    const errors = [
      transportError("tls"),
      transportError("not-the-api"),
      new SourceChangedError("f changed"),
      new ClientConfigError("no region"),
    ];
    for (const error of errors) {
      assert.equal(decide(error), undefined, error.message);
    }
  });

  it("doubles the pause each time and gives up after the fifth attempt", () => {
    const error = serviceError(500, "ServiceUnavailableException");
    const pauses = [1, 2, 3, 4, 5].map((attempt) => decide(error, attempt));
    assert.deepEqual(pauses, [500, 1000, 2000, 4000, undefined]);
  });
});
