import assert from "node:assert/strict";
import { createCipheriv, hkdfSync } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createSecretCipher } from "./aes-secret-cipher.ts";

const KEY = new Uint8Array(32).fill(1);
const cipher = createSecretCipher(KEY);

describe("createSecretCipher", () => {
  it("opens what it sealed, for the same context", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, context) => {
        assert.equal(cipher.open(cipher.seal(text, context), context), text);
      }),
    );
  });

  it("opens nothing under another context or another key", () => {
    const sealed = cipher.seal("secret", "access-key:A");
    assert.equal(cipher.open(sealed, "access-key:B"), undefined);
    const other = createSecretCipher(new Uint8Array(32).fill(2));
    assert.equal(other.open(sealed, "access-key:A"), undefined);
  });

  it("opens nothing when any bit was changed or bytes are missing", () => {
    const sealed = cipher.seal("secret", "c");
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      assert.equal(cipher.open(changed, "c"), undefined, `byte ${index}`);
      assert.equal(cipher.open(sealed.subarray(0, index), "c"), undefined, `${index} bytes`);
    }
  });

  it("seals the same text to other bytes each time, none of them the text", () => {
    const sealed = [cipher.seal("secret-text", "c"), cipher.seal("secret-text", "c")];
    assert.notDeepEqual(sealed[0], sealed[1]);
    assert.ok(!Buffer.from(sealed[0] ?? []).includes("secret-text"));
  });

  it("opens bytes made by the description in docs/format.md alone", () => {
    const key = Buffer.from(hkdfSync("sha256", KEY, "", "moraine sealed secrets v1", 32));
    const nonce = Buffer.alloc(12, 9);
    const aes = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from("check"));
    const encrypted = Buffer.concat([aes.update("known"), aes.final()]);
    const sealed = Buffer.concat([Buffer.of(1), nonce, aes.getAuthTag(), encrypted]);
    assert.equal(cipher.open(sealed, "check"), "known");
  });

  it("refuses a key of another length", () => {
    assert.throws(() => createSecretCipher(new Uint8Array(31)), /32 bytes; got 31/);
  });
});
