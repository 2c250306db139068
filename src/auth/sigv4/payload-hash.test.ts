import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatHex } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { EMPTY_PAYLOAD_HASH, payloadHashMismatch } from "./payload-hash.ts";

describe("EMPTY_PAYLOAD_HASH", () => {
  it("is the SHA-256 of no bytes", () => {
    assert.equal(EMPTY_PAYLOAD_HASH, formatHex(sha256(new Uint8Array())));
  });
});

describe("payloadHashMismatch", () => {
  it("has the recorded text, the computed hash first", () => {
    const error = payloadHashMismatch({ computed: "aa", expected: "bb" });
    assert.equal(error.code, "InvalidSignatureException");
    assert.equal(
      error.message,
      "The value passed in as x-amz-content-sha256 does not match the computed payload hash. " +
        "Computed digest: aa expected hash: bb",
    );
  });
});
