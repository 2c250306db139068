import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { actionOf, operationNames } from "../../protocol/operations.ts";
import type { PolicyKind } from "./document.ts";
import { parsePolicyDocument } from "./parse-document.ts";
import {
  contextOf,
  knownActions,
  OWNER,
  statementOf,
  textOf,
  VAULT_ARN,
} from "./testing/policies.ts";

const everyone = { Principal: "*" };

describe("parsePolicyDocument", () => {
  it("gives the plain shape of a document", () => {
    const text = textOf([
      statementOf("Deny", {
        Sid: "hold-it",
        Principal: { AWS: ["123456789012", "arn:aws:iam::444455556666:user/a/b"] },
        Action: "glacier:Delete*",
        Condition: { NumericLessThanIfExists: { "glacier:ArchiveAgeinDays": 365 } },
      }),
    ]);
    assert.deepEqual(parsePolicyDocument(text, contextOf("vault-lock")), {
      kind: "vault-lock",
      version: "2012-10-17",
      statements: [
        {
          sid: "hold-it",
          effect: "Deny",
          principal: {
            isNegated: false,
            principals: [
              { kind: "account", accountId: "123456789012" },
              { kind: "arn", arn: "arn:aws:iam::444455556666:user/a/b" },
            ],
          },
          action: { isNegated: false, patterns: ["glacier:Delete*"] },
          resource: { isNegated: false, patterns: [VAULT_ARN] },
          conditions: [
            {
              operatorText: "NumericLessThanIfExists",
              operator: "NumericLessThan",
              isIfExists: true,
              keyText: "glacier:ArchiveAgeinDays",
              key: "glacier:archiveageindays",
              values: ["365"],
            },
          ],
        },
      ],
    });
  });

  it("is tested with the actions of the service's own table", () => {
    assert.deepEqual([...knownActions].sort(), operationNames.map(actionOf).sort());
  });

  it("takes one statement without a list, an Id, and no Version for the older one", () => {
    const text = JSON.stringify({ Id: "mine", Statement: statementOf("Allow") });
    const document = parsePolicyDocument(text, contextOf("identity"));
    assert.deepEqual([document.id, document.version], ["mine", "2008-10-17"]);
    assert.equal(document.statements.length, 1);
  });

  it("keeps integers beyond 2^53 exact", () => {
    const condition = '{"NumericEquals":{"aws:EpochTime":9007199254740993}}';
    const text = `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":${condition}}}`;
    const { statements } = parsePolicyDocument(text, contextOf("identity"));
    assert.deepEqual(statements[0]?.conditions[0]?.values, ["9007199254740993"]);
  });

  const legal: [kind: PolicyKind, what: string, overrides: Record<string, unknown>][] = [
    ["identity", "actions of other services", { Action: ["iam:Get*", "s3:*", "*"], Resource: "*" }],
    [
      "identity",
      "unknown condition keys",
      { Condition: { Bool: { "aws:ViaAWSService": "true" } } },
    ],
    ["identity", "an empty Condition", { Condition: {} }],
    ["identity", "variables in resources", { Resource: `arn:aws:iam::*:user/\${aws:username}` }],
    ["vault-access", "the pattern * for its resource", { ...everyone, Resource: "*" }],
    [
      "vault-access",
      "a pattern of vault names",
      { ...everyone, Resource: VAULT_ARN.replace("vault", "*") },
    ],
    [
      "vault-access",
      "a variable in its resource",
      { ...everyone, Resource: VAULT_ARN.replace("examplevault", `\${aws:username}`) },
    ],
    [
      "vault-access",
      "actions in any letter case",
      { ...everyone, Action: "GLACIER:deletearchive" },
    ],
    ["vault-access", "every action", { ...everyone, Action: "*" }],
    ["vault-access", "NotPrincipal", { NotPrincipal: { AWS: OWNER } }],
    ["vault-access", "an empty Sid", { ...everyone, Sid: "" }],
    [
      "vault-lock",
      "NotAction and NotResource",
      { ...everyone, NotAction: "glacier:*", NotResource: "arn:aws:glacier:*" },
    ],
    [
      "vault-lock",
      "Null and quantifiers",
      {
        ...everyone,
        Condition: {
          Null: { "aws:username": true },
          "ForAnyValue:StringLike": { "aws:username": "a" },
        },
      },
    ],
  ];
  for (const [kind, what, overrides] of legal) {
    it(`lets ${kind} policies have ${what}`, () => {
      parsePolicyDocument(textOf([statementOf("Allow", overrides)]), contextOf(kind));
    });
  }

  const lock = "The specified vault lock policy is invalid. Provide a valid policy. ";
  const access = "The specified vault access policy is invalid. Provide a valid policy. ";
  const refused: [text: string, message: string][] = [
    ["", "The document is not JSON."],
    ["[]", "The document must be an object; got a list."],
    ['{"Statement":[]}', "Statement must hold at least one statement."],
    ["{}", "Statement must hold at least one statement."],
    ['{"Statement":["x"]}', 'Statement[0] must be an object; got "x".'],
    [
      '{"Version":"2012-10-18","Statement":[{}]}',
      'Version must be "2012-10-17" or "2008-10-17"; got "2012-10-18".',
    ],
    ['{"Id":1,"Statement":[{}]}', "Id must be text; got 1."],
    ['{"statement":[]}', 'The document has no element "statement" (did you mean Statement?).'],
    ['{"Zzzzzzzz":1}', 'The document has no element "Zzzzzzzz"; known are Version, Id, Statement.'],
    [
      '{"Statement":[{"Effect":"Allow","Effect":"Deny"}]}',
      'The member "Effect" occurs twice in one object.',
    ],
    [
      '{"Statement":[{"\\u0041ction":"a","Action":"b"}]}',
      'The member "Action" occurs twice in one object.',
    ],
    ['{"Statement":{"Sid":1}}', "Statement.Sid must be text; got 1."],
  ];
  for (const [text, message] of refused) {
    it(`refuses ${text || "empty text"} as a lock policy, saying why`, () => {
      assertRefused(text, "vault-lock", lock + message);
    });
  }

  const unknownKeys =
    "known are aws:CurrentTime, aws:EpochTime, aws:MultiFactorAuthAge, aws:MultiFactorAuthPresent, " +
    "aws:PrincipalAccount, aws:PrincipalArn, aws:SecureTransport, aws:SourceIp, aws:UserAgent, " +
    "aws:userid, aws:username, glacier:ArchiveAgeInDays, glacier:ResourceTag/<key>";
  const ownRule = `must be ${VAULT_ARN} or a pattern that matches it`;
  const principalRule =
    'must be "*", 12 digits, arn:aws:iam::<account>:root or the ARN of one user or role, without wildcards';
  const otherVault = VAULT_ARN.replace("examplevault", "other");
  const otherAccount = VAULT_ARN.replace(OWNER, "111122223333");
  const otherRegion = VAULT_ARN.replace("us-west-2", "eu-west-1");
  const broken: [overrides: Record<string, unknown>, message: string][] = [
    [{ Effect: "deny" }, 'Statement[0].Effect must be "Allow" or "Deny"; got "deny".'],
    [{ Effect: undefined }, 'Statement[0].Effect must be "Allow" or "Deny"; got nothing.'],
    [{ Conditions: {} }, 'Statement[0] has no element "Conditions" (did you mean Condition?).'],
    [{ Principal: undefined }, "Statement[0] must have Principal or NotPrincipal."],
    [{ NotPrincipal: "*" }, "Statement[0] must have Principal or NotPrincipal, not both."],
    [
      { Principal: undefined, NotPrincipal: "*" },
      'Statement[0].NotPrincipal must not be "*": the statement would speak of nobody.',
    ],
    [{ Principal: OWNER }, `Statement[0].Principal must be "*" or {"AWS": …}; got "${OWNER}".`],
    [{ Principal: {} }, "Statement[0].Principal must name at least one principal."],
    [{ Principal: { AWS: [] } }, "Statement[0].Principal.AWS must hold at least one value."],
    [
      { Principal: { Service: "s3.amazonaws.com" } },
      'Statement[0].Principal knows principals of the type "AWS" only; got "Service".',
    ],
    [{ Principal: { AWS: ["*", 7] } }, "Statement[0].Principal.AWS[1] must be text; got 7."],
    [
      { Principal: { AWS: "12345678901" } },
      `Statement[0].Principal.AWS ${principalRule}; got "12345678901".`,
    ],
    [
      { Principal: { AWS: "arn:aws:iam::123456789012:user/*" } },
      `Statement[0].Principal.AWS ${principalRule}; got "arn:aws:iam::123456789012:user/*".`,
    ],
    [{ Action: [] }, "Statement[0].Action must hold at least one value."],
    [{ Action: null }, "Statement[0].Action must be text; got null."],
    [
      { Action: "glacier" },
      'Statement[0].Action must be "*" or <service>:<Action>; got "glacier".',
    ],
    [
      { Action: ["glacier:*", "glacier:DeleteArchives"] },
      'Statement[0].Action[1] names no known action: "glacier:DeleteArchives" (did you mean glacier:DeleteArchive?).',
    ],
    [{ Action: "s3:GetObject" }, 'Statement[0].Action names no known action: "s3:GetObject".'],
    [
      { Action: "glacier:CreateVault" },
      'Statement[0].Action: "glacier:CreateVault" can stand in identity policies only, because it does not act on a vault.',
    ],
    [
      { Action: "glacier:*ataRetrieval*" },
      'Statement[0].Action: "glacier:*ataRetrieval*" can stand in identity policies only, because it does not act on a vault.',
    ],
    [
      { NotAction: "glacier:*", Action: "glacier:*" },
      "Statement[0] must have Action or NotAction, not both.",
    ],
    [
      { Resource: otherVault },
      `Statement[0].Resource ${ownRule}; got "${otherVault}", which names another name.`,
    ],
    [
      { Resource: [VAULT_ARN, otherAccount] },
      `Statement[0].Resource[1] ${ownRule}; got "${otherAccount}", which names another account.`,
    ],
    [
      { Resource: otherRegion },
      `Statement[0].Resource ${ownRule}; got "${otherRegion}", which names another region.`,
    ],
    [
      { Resource: "examplevault" },
      'Statement[0].Resource must be an ARN or "*"; got "examplevault".',
    ],
    [
      { Resource: "arn:aws:glacier" },
      'Statement[0].Resource must be an ARN or "*"; got "arn:aws:glacier".',
    ],
    [
      { Resource: `${VAULT_ARN}\${aws:username` },
      `Statement[0].Resource has a malformed variable; legal are \${key} \${key, 'default'} \${*} \${?} \${$}; got "${VAULT_ARN}\${aws:username".`,
    ],
    [{ Condition: [] }, "Statement[0].Condition must be an object; got a list."],
    [{ Condition: { Bool: "true" } }, 'Statement[0].Condition.Bool must be an object; got "true".'],
    [
      { Condition: { Bool: {} } },
      "Statement[0].Condition.Bool must name at least one condition key.",
    ],
    [
      { Condition: { StringMatches: { "aws:username": "a" } } },
      "Statement[0].Condition.StringMatches: there is no such condition operator.",
    ],
    [
      { Condition: { numericlessthan: { "aws:username": "a" } } },
      "Statement[0].Condition.numericlessthan: there is no such condition operator (did you mean NumericLessThan?).",
    ],
    [
      { Condition: { NullIfExists: { "aws:username": "true" } } },
      "Statement[0].Condition.NullIfExists: Null takes no ForAnyValue, ForAllValues or IfExists.",
    ],
    [
      { Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "a year" } } },
      'Statement[0].Condition.NumericLessThan.glacier:ArchiveAgeInDays must be a number; got "a year".',
    ],
    [
      { Condition: { NumericLessThan: { "glacier:ArchiveAge": "1" } } },
      'Statement[0].Condition.NumericLessThan: there is no condition key "glacier:ArchiveAge" (did you mean glacier:ArchiveAgeInDays?).',
    ],
    [
      { Condition: { StringLike: { "kms:ViaServiceNameOfSomething": "1" } } },
      `Statement[0].Condition.StringLike: there is no condition key "kms:ViaServiceNameOfSomething"; ${unknownKeys}.`,
    ],
    [
      { Condition: { StringLike: { username: "1" } } },
      'Statement[0].Condition.StringLike: condition keys have the form <service>:<name>; got "username".',
    ],
    [
      { Condition: { StringLike: { "aws:username": "a", "aws:UserName": "b" } } },
      'Statement[0].Condition.StringLike has the key "aws:UserName" twice; letter case is ignored.',
    ],
    [
      { Condition: { StringLike: { "aws:username": [] } } },
      "Statement[0].Condition.StringLike.aws:username must hold at least one value.",
    ],
    [
      { Condition: { StringLike: { "aws:username": ["a", null] } } },
      "Statement[0].Condition.StringLike.aws:username[1] must be text, a number or a boolean; got null.",
    ],
    [
      { Condition: { StringLike: { "aws:username": `\${aws:nickname}` } } },
      'Statement[0].Condition.StringLike.aws:username: there is no condition key "aws:nickname" (did you mean aws:username?).',
    ],
    [
      { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/40" } } },
      'Statement[0].Condition.IpAddress.aws:SourceIp must be an IPv4 or IPv6 address or range such as 192.0.2.0/24; got "10.0.0.0/40".',
    ],
    [
      { Condition: { DateLessThan: { "aws:CurrentTime": "2026-02-30" } } },
      'Statement[0].Condition.DateLessThan.aws:CurrentTime must be an ISO 8601 date such as 2026-01-31T00:00:00Z, or seconds since 1970; got "2026-02-30".',
    ],
    [
      { Condition: { Bool: { "aws:SecureTransport": "yes" } } },
      'Statement[0].Condition.Bool.aws:SecureTransport must be "true" or "false"; got "yes".',
    ],
    [
      { Condition: { ArnLike: { "aws:PrincipalArn": "alice" } } },
      'Statement[0].Condition.ArnLike.aws:PrincipalArn must be an ARN of six parts, with or without wildcards, or "*"; got "alice".',
    ],
    [
      { Condition: { BinaryEquals: { "aws:userid": "a" } } },
      'Statement[0].Condition.BinaryEquals.aws:userid must be base64; got "a".',
    ],
  ];
  for (const [overrides, message] of broken) {
    it(`refuses ${JSON.stringify(overrides)} in an access policy, naming the element`, () => {
      const statement = { ...statementOf("Allow"), ...everyone, ...overrides };
      assertRefused(textOf([statement]), "vault-access", access + message);
    });
  }

  const identity = "The specified policy document is invalid. Provide a valid policy. ";
  const brokenIdentity: [overrides: Record<string, unknown>, message: string][] = [
    [
      { Principal: null },
      "Statement[0] must name no principal: it speaks of the user it belongs to.",
    ],
    [everyone, "Statement[0] must name no principal: it speaks of the user it belongs to."],
    [
      { Sid: "not-alphanumeric" },
      'Statement[0].Sid must be letters and digits only; got "not-alphanumeric".',
    ],
    [{ Resource: undefined }, "Statement[0] must have Resource or NotResource."],
    [
      { Action: "glacier:Delete Archive" },
      'Statement[0].Action must be "*" or <service>:<Action>; got "glacier:Delete Archive".',
    ],
  ];
  for (const [overrides, message] of brokenIdentity) {
    it(`refuses ${JSON.stringify(overrides)} in an identity policy, saying why`, () => {
      assertRefused(
        textOf([{ ...statementOf("Allow"), ...overrides }]),
        "identity",
        identity + message,
      );
    });
  }

  it("refuses two statements of one Sid", () => {
    const statement = statementOf("Allow", { Sid: "a" });
    assertRefused(
      textOf([statement, statement]),
      "identity",
      `${identity}Statement[1].Sid must differ from the Sids of other statements; got "a".`,
    );
  });

  it("refuses a resource's policy without its ARN as a defect of the caller", () => {
    assert.throws(() => parsePolicyDocument("{}", { kind: "vault-lock", maxBytes: 9 }), {
      name: "AssertionError",
    });
  });
});

function assertRefused(text: string, kind: PolicyKind, message: string): void {
  assert.throws(() => parsePolicyDocument(text, contextOf(kind)), {
    name: "ServiceError",
    code: "InvalidParameterValueException",
    message,
  });
}
