import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { base64urlOfBytes, bytesOfBase64, bytesOfHex, hexOfBytes } from "./byte-text.ts";

/** What `decode` gives or that it throws a `SyntaxError`. */
function outcome(decode: () => Uint8Array): string {
  try {
    return Buffer.from(decode()).toString("latin1");
  } catch (error) {
    assert.ok(error instanceof SyntaxError);
    return "SyntaxError";
  }
}

describe("byte-text", () => {
  it("writes hex and base64url as the runtime does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(hexOfBytes(bytes), bytes.toHex());
        const options = { alphabet: "base64url", omitPadding: true } as const;
        assert.equal(base64urlOfBytes(bytes), bytes.toBase64(options));
      }),
    );
  });

  it("reads hex as the runtime does, and refuses what it refuses", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-fA-F]{0,20}$/));
    fc.assert(
      fc.property(text, (hex) => {
        assert.equal(
          outcome(() => bytesOfHex(hex)),
          outcome(() => Uint8Array.fromHex(hex)),
        );
      }),
    );
  });

  it("reads base64 of both alphabets as the runtime does, and refuses what it refuses", () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[A-Za-z0-9+/_-]{0,24}[ \n]?[A-Za-z0-9_-]{0,3}={0,3}$/),
    );
    fc.assert(
      fc.property(text, fc.constantFrom("base64", "base64url"), (base64, alphabet) => {
        assert.equal(
          outcome(() => bytesOfBase64(base64, alphabet)),
          outcome(() => Uint8Array.fromBase64(base64, { alphabet })),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
