import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ServiceError } from "../../domain/errors.ts";
import type { PolicyKind } from "./document.ts";
import { POLICY_DEPTH_MAX, POLICY_STATEMENTS_MAX, parsePolicyDocument } from "./parse-document.ts";
import { POLICY_VALUES_MAX } from "./parse-element.ts";
import { contextOf, statementOf, textOf, VAULT_ARN } from "./testing/policies.ts";

const kinds: readonly PolicyKind[] = ["identity", "vault-access", "vault-lock", "topic"];
const everyone = { Principal: "*" };
const invalid = "The specified policy document is invalid. Provide a valid policy. ";

describe("limits of parsePolicyDocument", () => {
  it("counts the document's size in bytes of UTF-8", () => {
    const text = textOf([statementOf("Allow", { Resource: "arn:aws:glacier:::vaults/é" })]);
    const bytes = Buffer.byteLength(text);
    assert.equal(bytes, text.length + 1);
    parsePolicyDocument(text, contextOf("identity", { maxBytes: bytes }));
    assert.throws(() => parsePolicyDocument(text, contextOf("identity", { maxBytes: bytes - 1 })), {
      message: `${invalid}The document is larger than ${bytes - 1} bytes.`,
    });
  });

  it("takes as many statements, values and levels as the limits say, and no more", () => {
    const roomy = contextOf("identity", { maxBytes: 1e6 });
    const parse = (text: string) => () => parsePolicyDocument(text, roomy);
    const statements = (count: number) => textOf(Array(count).fill(statementOf("Allow")));
    const values = (count: number) =>
      textOf([statementOf("Allow", { Action: Array(count).fill("*") })]);
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    parse(statements(POLICY_STATEMENTS_MAX))();
    assert.throws(parse(statements(POLICY_STATEMENTS_MAX + 1)), /at most 128 statements; got 129/);
    parse(values(POLICY_VALUES_MAX))();
    assert.throws(parse(values(POLICY_VALUES_MAX + 1)), /at most 1024 values; got 1025/);
    assert.throws(parse(nested(POLICY_DEPTH_MAX)), /must be an object/);
    assert.throws(parse(nested(POLICY_DEPTH_MAX + 1)), /nests deeper than 10 levels/);
  });

  const keyword = fc.constantFrom(
    ...["Version", "Statement", "Effect", "Principal", "Action", "Resource", "Condition", "AWS"],
    ...["Allow", "Deny", "*", "2012-10-17", "glacier:*", VAULT_ARN, "StringLike", "aws:username"],
    ...["__proto__", "constructor", "NotPrincipal", `\${`, "Null"],
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 6 },
      keyword,
      fc.constantFrom(null, true, 0, 1e300),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(keyword, tie("json"), { maxKeys: 4 }),
    ),
  }));
  const almost = fc
    .record({ element: keyword, value: json, effect: json, condition: json })
    .map(({ element, value, effect, condition }) => ({
      Statement: {
        ...statementOf("Allow"),
        ...everyone,
        Effect: effect,
        Condition: condition,
        [element]: value,
      },
    }));
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(...'{}[]:,"\\a1 \u0000') }),
    fc.json(),
    json.map((value) => JSON.stringify(value)),
    almost.map((value) => JSON.stringify(value)),
  );
  it("gives a document or a ServiceError for any text", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...kinds), (text, kind) => {
        try {
          assert.ok(parsePolicyDocument(text, contextOf(kind)).statements.length > 0);
        } catch (error) {
          assert.ok(error instanceof ServiceError, String(error));
          assert.equal(error.code, "InvalidParameterValueException");
        }
      }),
      { numRuns: 4000 },
    );
  });
});
