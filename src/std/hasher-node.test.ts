import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hmacSha256 } from "./hasher-node.ts";

describe("hmacSha256", () => {
  it("gives what createHmac gives, for keys and data of every length and in any order", () => {
    const key = fc.uint8Array({ maxLength: 70 });
    const data = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ minLength: 446, maxLength: 450 }),
    );
    fc.assert(
      fc.property(key, data, (someKey, someData) => {
        assert.deepEqual(
          Buffer.from(hmacSha256(someKey, someData)),
          createHmac("sha256", someKey).update(someData).digest(),
        );
      }),
    );
  });

  it("gives the test vector of RFC 4231, section 4.3", () => {
    const mac = hmacSha256(Buffer.from("Jefe"), Buffer.from("what do ya want for nothing?"));
    assert.equal(
      Buffer.from(mac).toString("hex"),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });
});
