import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AssertionError } from "../../std/assert.ts";
import { formatHex } from "../../std/bytes.ts";
import { hmacSha256, sha256 } from "../../std/hasher-node.ts";
import {
  computeSignature,
  createSigningKeyCache,
  deriveSigningKey,
  type SigningKeySource,
} from "./signing-key.ts";
import { stringToSign } from "./string-to-sign.ts";
import { exampleCredentials, exampleNowMs } from "./testing/signed-requests.ts";

const source: SigningKeySource = {
  ...exampleCredentials,
  scope: { date: "20120525", region: "us-east-1", service: "glacier" },
};

describe("deriveSigningKey", () => {
  it("gives the key published for the derivation example of Signature Version 4", () => {
    const key = deriveSigningKey(
      {
        accessKeyId: "AKIDEXAMPLE",
        secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        scope: { date: "20150830", region: "us-east-1", service: "iam" },
      },
      hmacSha256,
    );
    assert.equal(
      formatHex(key),
      "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9",
    );
  });
});

describe("computeSignature", () => {
  it("gives the signature published for the string to sign of the guide's example", () => {
    const text =
      "AWS4-HMAC-SHA256\n20120525T002453Z\n20120525/us-east-1/glacier/aws4_request\n" +
      "5f1da1a2d0feb614dd03d71e87928b8e449ac87614479332aced3a701f916743";
    const signingKey = deriveSigningKey(source, hmacSha256);
    assert.equal(
      computeSignature({ signingKey, stringToSign: text, hmacSha256 }),
      "3ce5b2f2fffac9262b4da9256f8d086b4aaf42eba5f111c21681a65a127b7c2a",
    );
  });
});

describe("stringToSign", () => {
  it("holds algorithm, instant, scope and hash, a line each", () => {
    const text = stringToSign({
      signedAtMs: exampleNowMs,
      scope: source.scope,
      canonicalRequest: new Uint8Array(),
      sha256,
    });
    assert.equal(
      text,
      "AWS4-HMAC-SHA256\n20120525T002453Z\n20120525/us-east-1/glacier/aws4_request\n" +
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
});

describe("createSigningKeyCache", () => {
  it("derives a key once and returns it again", () => {
    const { getKey, derivations } = countedCache(2);
    assert.deepEqual(getKey(source), deriveSigningKey(source, hmacSha256));
    getKey(source);
    assert.equal(derivations(), 1);
  });

  const variants: SigningKeySource[] = [
    { ...source, accessKeyId: "AKIAOTHER" },
    { ...source, secretAccessKey: "other" },
    { ...source, scope: { ...source.scope, date: "20120526" } },
    { ...source, scope: { ...source.scope, region: "us-west-2" } },
    { ...source, scope: { ...source.scope, service: "sts" } },
    { ...source, scope: { ...source.scope, region: "us-east-1/glacier", service: "" } },
  ];
  for (const variant of variants) {
    it(`never returns another key for ${JSON.stringify(variant)}`, () => {
      const { getKey, derivations } = countedCache(8);
      getKey(source);
      assert.deepEqual(getKey(variant), deriveSigningKey(variant, hmacSha256));
      assert.equal(derivations(), 2);
    });
  }

  it("forgets the key of the old secret when the secret of an access key id changes", () => {
    const { getKey, derivations } = countedCache(8);
    getKey(source);
    getKey({ ...source, secretAccessKey: "other" });
    assert.deepEqual(getKey(source), deriveSigningKey(source, hmacSha256));
    assert.equal(derivations(), 3);
  });

  it("holds maxEntries keys and drops the one used longest ago", () => {
    const { getKey, derivations } = countedCache(2);
    const [first, second, third] = ["a", "b", "c"].map((accessKeyId) => ({
      ...source,
      accessKeyId,
    }));
    getKey(first!);
    getKey(second!);
    getKey(first!);
    getKey(third!);
    assert.equal(derivations(), 3);
    getKey(first!);
    getKey(third!);
    assert.equal(derivations(), 3);
    getKey(second!);
    assert.equal(derivations(), 4);
  });

  it("refuses to hold fewer than one key", () => {
    assert.throws(() => createSigningKeyCache({ maxEntries: 0 }), AssertionError);
  });
});

function countedCache(maxEntries: number) {
  const cache = createSigningKeyCache({ maxEntries });
  let hmacs = 0;
  return {
    getKey: (wanted: SigningKeySource) =>
      cache.getSigningKey(wanted, (key, data) => {
        hmacs += 1;
        return hmacSha256(key, data);
      }),
    derivations: () => hmacs / 4,
  };
}
