import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ClientConfigError,
  ClientInputError,
  GlacierServiceError,
  SourceChangedError,
  TransportError,
} from "../../client/errors.ts";
import { describeVerbFailure, Interruption, VerbFailure } from "./verb-failure.ts";

function refusal(code: string, message = "said the service") {
  const details = { code, status: 400, requestId: "r-1", attempts: 1 };
  return new GlacierServiceError(message, details);
}

describe("describeVerbFailure", () => {
  it("gives each cause its exit status", () => {
    const causes: readonly (readonly [unknown, number])[] = [
      [new VerbFailure(75, "later"), 75],
      [new Interruption("SIGINT"), 130],
      [new Interruption("SIGTERM"), 143],
      [refusal("AccessDeniedException"), 6],
      [refusal("PolicyEnforcedException"), 6],
      [refusal("InvalidSignatureException"), 3],
      [refusal("ServiceUnavailableException"), 4],
      [new TransportError("unreachable", "no"), 4],
      [new ClientConfigError("no region"), 3],
      [new ClientInputError("bad"), 2],
      [new SourceChangedError("changed"), 1],
      [Object.assign(new Error("ENOSPC"), { code: "ENOSPC", syscall: "write" }), 1],
    ];
    for (const [cause, exitCode] of causes) {
      assert.equal(describeVerbFailure(cause).exitCode, exitCode, String(cause));
    }
  });

  it("leaves out what the service computed of a wrong signature", () => {
    const { message } = describeVerbFailure(
      refusal("InvalidSignatureException", "does not match.\n\nThe Canonical String …"),
    );
    assert.match(message, /^InvalidSignatureException: does not match\. `moraine doctor`/);
    assert.doesNotMatch(message, /Canonical/);
  });

  it("names the request of an error of the service", () => {
    assert.match(
      describeVerbFailure(refusal("ServiceUnavailableException")).message,
      /\(request r-1\)/,
    );
  });

  it("throws a defect as it is", () => {
    const defect = new TypeError("undefined is not a function");
    assert.throws(() => describeVerbFailure(defect), defect);
  });
});
