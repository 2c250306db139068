/** Documents written to exhaust the parser or the evaluator: both stay total, and the work stays bounded. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ServiceError } from "../../domain/errors.ts";
import type { PolicyKind } from "./document.ts";
import { evaluate } from "./evaluate.ts";
import { parsePolicyDocument } from "./parse-document.ts";
import { USER_AGENT_MAX_CHARACTERS } from "./request.ts";
import { contextOf, requestOf, statementOf, textOf, VAULT_ARN } from "./testing/policies.ts";

const MAX_BYTES = 20_480;
const SEED = 20_120_601;
const longText = "a".repeat(USER_AGENT_MAX_CHARACTERS);
const request = requestOf({
  context: {
    "aws:useragent": longText,
    "aws:username": "alice",
    "aws:sourceip": "10.0.0.1",
    "glacier:resourcetag/t": ["a".repeat(255), "b", ""],
  },
});

/** Pattern texts that make naive matchers go back and forth. */
const nasty = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom("*a", "*?", "a*", "**", "*a*b", "?*a", "a", "😀*") },
  { weight: 2, arbitrary: fc.constantFrom(`\${*}`, `\${aws:username}`) },
  { weight: 1, arbitrary: fc.constantFrom(`\${`, "\\", '"', "\u0000", "\ud800", `\${a:b,'`, "{") },
);
const pattern = fc
  .tuple(fc.array(nasty, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 4000 }))
  .map(([units, times]) => units.join("").repeat(times).slice(0, 18_000));
const patterns = fc
  .tuple(fc.array(pattern, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 4000 }))
  .map(([some, times]) => {
    const size = some.reduce((sum, text) => sum + text.length + 3, 0);
    const copies = Math.max(1, Math.min(times, Math.floor(18_000 / size)));
    return Array.from({ length: copies }, () => some).flat();
  });
const operator = fc.constantFrom(
  ...["StringLike", "StringNotLike", "StringEquals", "ForAllValues:StringNotLike"],
  ...["ForAnyValue:StringLikeIfExists", "StringEqualsIgnoreCase", "ArnLike", "NumericEquals"],
);
const key = fc.constantFrom("aws:UserAgent", "glacier:ResourceTag/T", "aws:SourceIp");

const conditional = fc
  .record({ op: operator, key, values: patterns })
  .map((one) => statementOf("Deny", { Condition: { [one.op]: { [one.key]: one.values } } }));
const unconditional = fc.tuple(fc.nat(2), patterns).map(([element, values]) => {
  const actions = values.map((text) => `glacier:${text}`);
  const resources = values.map((text) => `arn:aws:glacier:${text}*`);
  const overrides = [{ Action: values }, { NotAction: actions }, { Resource: resources }];
  return statementOf("Deny", overrides[element]);
});
const statements = fc.oneof({ weight: 3, arbitrary: conditional }, unconditional);
const nested = fc
  .record({
    open: fc.constantFrom("[", '{"a":', '{"Statement":[', '{"Condition":{"a":', '"\\'),
    times: fc.integer({ min: 1, max: 20_000 }),
  })
  .map(({ open, times }) => open.repeat(times).slice(0, MAX_BYTES));
const texts = fc.oneof(
  { weight: 5, arbitrary: statements.map((statement) => textOf([statement])) },
  { weight: 1, arbitrary: nested },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 5000 })
      .map((count) => `{"Statement":[${Array(count).fill("{}").join()}]}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 2500 })
      .map((count) => `{${Array.from({ length: count }, (_, i) => `"${i}":0`).join()}}`),
  },
);

describe("hostile documents", () => {
  it("become a document or a short refusal, and cost a bounded number of steps to evaluate", () => {
    let accepted = 0;
    const kinds = fc.constantFrom<PolicyKind>("identity", "vault-access", "vault-lock");
    fc.assert(
      fc.property(texts, kinds, (text, kind) => {
        const withPrincipal =
          kind === "identity" ? text : text.replace('"Effect"', '"Principal":"*","Effect"');
        const document = findDocument(withPrincipal, kind);
        if (document !== undefined) {
          accepted += 1;
          const meter = { steps: 0 };
          evaluate(request, { identity: [{ name: "hostile", document }] }, meter);
          assert.ok(meter.steps <= stepBound(withPrincipal.length), `${meter.steps} steps`);
        }
      }),
      { numRuns: 400, seed: SEED },
    );
    assert.ok(accepted >= 40, `only ${accepted} documents were legal enough to be evaluated`);
  });

  const worst: [what: string, values: (bytes: number) => readonly string[]][] = [
    ["one pattern of stars and letters", (bytes) => [`${"*a".repeat(bytes / 2 - 1)}*b`]],
    ["one pattern of stars and question marks", (bytes) => [`${"*?".repeat(bytes / 2 - 1)}*b`]],
    ["one long run", (bytes) => [`*${longText.slice(0, 900)}${"?".repeat(bytes - 903)}*b`]],
    [
      "patterns of 16 characters",
      (bytes) => Array(Math.floor(bytes / 19)).fill(`${"*a".repeat(7)}*b`),
    ],
  ];
  for (const [what, values] of worst) {
    it(`cost in proportion to their size with ${what}`, () => {
      const steps = (bytes: number) => {
        const condition = { StringLike: { "aws:UserAgent": values(bytes) } };
        const text = textOf([statementOf("Allow", { Condition: condition })]);
        const document = parsePolicyDocument(text, contextOf("identity"));
        const meter = { steps: 0 };
        assert.equal(
          evaluate(request, { identity: [{ name: "worst", document }] }, meter).allowed,
          false,
        );
        assert.ok(meter.steps <= stepBound(text.length), `${meter.steps} steps`);
        return meter.steps;
      };
      assert.ok(steps(16_000) <= 4.4 * steps(4_000));
    });
  }

  it("refuses a hundred thousand levels without running out of stack", () => {
    for (const open of ["[", '{"a":']) {
      const text = open.repeat(100_000);
      const context = contextOf("vault-lock", { maxBytes: 1e6 });
      assert.throws(() => parsePolicyDocument(text, context), /nests deeper than 10 levels/);
    }
  });
});

/** Each pattern takes at least 4 bytes of the document, and a word of 32 bits per 32 characters of it. */
function stepBound(bytes: number): number {
  const patternWords = bytes / 32 + bytes / 4;
  const characters = USER_AGENT_MAX_CHARACTERS + VAULT_ARN.length;
  return bytes + 2 * characters * patternWords;
}

function findDocument(text: string, kind: PolicyKind) {
  try {
    return parsePolicyDocument(text, contextOf(kind, { maxBytes: MAX_BYTES }));
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
    assert.ok(error.message.length < 1000, `${error.message.length} characters`);
    return undefined;
  }
}
