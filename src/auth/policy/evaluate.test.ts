import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { PolicyKind } from "./document.ts";
import { evaluate } from "./evaluate.ts";
import type { PolicySet } from "./policy-set.ts";
import type { PolicyRequest } from "./request.ts";
import {
  FOREIGN,
  OWNER,
  policyOf,
  requestOf,
  rootOf,
  type StatementText,
  statementOf,
  userOf,
  VAULT_ARN,
} from "./testing/policies.ts";

const alice = userOf(OWNER);
const everyone = { Principal: "*" };
const ownerAccount = { Principal: { AWS: OWNER } };
const foreignAccount = { Principal: { AWS: FOREIGN } };

interface Statements {
  readonly identity?: StatementText;
  readonly access?: StatementText;
  readonly lock?: StatementText;
}

describe("evaluate within the vault's account", () => {
  const cases: [what: string, statements: Statements, reason: string][] = [
    ["no policy", {}, "implicit-deny"],
    ["an Allow of the user's own", { identity: statementOf("Allow") }, "allowed"],
    ["an Allow to * on the vault", { access: statementOf("Allow", everyone) }, "allowed"],
    [
      "an Allow to the user on the vault",
      { access: statementOf("Allow", { Principal: { AWS: alice.arn } }) },
      "allowed",
    ],
    ["an Allow in the lock policy", { lock: statementOf("Allow", everyone) }, "allowed"],
    [
      "an Allow that only delegates to the account",
      { access: statementOf("Allow", ownerAccount) },
      "implicit-deny",
    ],
    [
      "delegation and an Allow of the user's own",
      { access: statementOf("Allow", ownerAccount), identity: statementOf("Allow") },
      "allowed",
    ],
    [
      "a Deny of the user's own against an Allow on the vault",
      { identity: statementOf("Deny"), access: statementOf("Allow", everyone) },
      "explicit-deny",
    ],
    [
      "a Deny on the vault against an Allow of the user's own",
      { identity: statementOf("Allow"), access: statementOf("Deny", everyone) },
      "explicit-deny",
    ],
    [
      "a Deny of the account in the lock policy",
      { identity: statementOf("Allow"), lock: statementOf("Deny", ownerAccount) },
      "explicit-deny",
    ],
  ];
  for (const [what, statements, reason] of cases) {
    it(`answers a user ${reason} with ${what}`, () => {
      const decision = evaluate(requestOf(), setOf(statements));
      assert.equal(decision.reason, reason);
      assert.equal(decision.allowed, reason === "allowed");
    });
  }

  it("lets the root do everything that no policy denies", () => {
    const request = requestOf({ principal: rootOf(OWNER) });
    assert.deepEqual(evaluate(request, setOf({})), { allowed: true, reason: "owner-root" });
  });

  for (const kind of ["access", "lock"] as const) {
    it(`stops the root too when the ${kind} policy denies`, () => {
      const request = requestOf({ principal: rootOf(OWNER) });
      for (const principal of [everyone, ownerAccount]) {
        const decision = evaluate(request, setOf({ [kind]: statementOf("Deny", principal) }));
        assert.equal(decision.reason, "explicit-deny");
        assert.equal(decision.decidedBy?.policyKind, `vault-${kind}`);
      }
    });
  }

  it("names the statement that decided", () => {
    const access = policyOf(
      "vault-access",
      [
        statementOf("Allow", { ...everyone, Action: "glacier:Get*" }),
        statementOf("Allow", { ...everyone, Sid: "second" }),
      ],
      { name: "examplevault" },
    );
    assert.deepEqual(evaluate(requestOf(), { identity: [], access }), {
      allowed: true,
      reason: "allowed",
      decidedBy: {
        policyKind: "vault-access",
        policyName: "examplevault",
        statementIndex: 1,
        sid: "second",
      },
    });
  });

  it("says that either side could allow when neither does", () => {
    assert.deepEqual(evaluate(requestOf(), setOf({})).missing, ["identity", "resource"]);
  });
});

describe("evaluate across accounts", () => {
  const own = statementOf("Allow");
  const foreignUser = userOf(FOREIGN);
  const cases: [who: string, what: string, statements: Statements, missing?: string[]][] = [
    ["user", "nothing", {}, ["identity", "resource"]],
    ["user", "its own Allow only", { identity: own }, ["resource"]],
    [
      "user",
      "the vault's Allow only",
      { access: statementOf("Allow", foreignAccount) },
      ["identity"],
    ],
    [
      "user",
      "the vault's Allow to it only",
      { access: statementOf("Allow", everyone) },
      ["identity"],
    ],
    [
      "user",
      "both with its account",
      { identity: own, access: statementOf("Allow", foreignAccount) },
    ],
    [
      "user",
      "both with itself",
      { identity: own, access: statementOf("Allow", { Principal: { AWS: foreignUser.arn } }) },
    ],
    [
      "user",
      "its own and the lock policy's",
      { identity: own, lock: statementOf("Allow", everyone) },
    ],
    ["root", "nothing", {}, ["resource"]],
    ["root", "the vault's Allow", { access: statementOf("Allow", foreignAccount) }],
    [
      "root",
      "an Allow to the owner's account",
      { access: statementOf("Allow", ownerAccount) },
      ["resource"],
    ],
  ];
  for (const [who, what, statements, missing] of cases) {
    it(`${missing ? "refuses" : "lets in"} a foreign ${who} with ${what}`, () => {
      const principal = who === "root" ? rootOf(FOREIGN) : foreignUser;
      const decision = evaluate(requestOf({ principal }), setOf(statements));
      assert.equal(decision.allowed, missing === undefined);
      assert.deepEqual(decision.missing, missing);
    });
  }

  it("lets a Deny win over both Allows", () => {
    const statements = { identity: own, access: statementOf("Allow", everyone) };
    const lock = statementOf("Deny", foreignAccount);
    const request = requestOf({ principal: foreignUser });
    assert.equal(evaluate(request, setOf(statements)).reason, "allowed");
    assert.equal(evaluate(request, setOf({ ...statements, lock })).reason, "explicit-deny");
  });
});

describe("evaluate on elements of a statement", () => {
  const other = VAULT_ARN.replace("examplevault", "other");
  const cases: [overrides: StatementText, allowed: boolean][] = [
    [{ Action: "*" }, true],
    [{ Action: "glacier:Delete*" }, true],
    [{ Action: "GLACIER:deletearchive" }, true],
    [{ Action: "glacier:DeleteVault" }, false],
    [{ Action: ["glacier:GetVaultLock", "glacier:Delete?rchive"] }, true],
    [{ NotAction: "glacier:Get*" }, true],
    [{ NotAction: "glacier:Delete*" }, false],
    [{ Resource: "*" }, true],
    [{ Resource: "arn:aws:glacier:*" }, true],
    [{ Resource: "arn:aws:glacier:*:vaults/example*" }, true],
    [{ Resource: other }, false],
    [{ Resource: VAULT_ARN.toUpperCase().replace("ARN:", "arn:") }, false],
    [{ NotResource: other }, true],
    [{ NotResource: "arn:aws:glacier:*:*:vaults/*" }, false],
    [{ Resource: `arn:aws:glacier:*:\${aws:PrincipalAccount}:vaults/*` }, true],
    [{ Resource: `arn:aws:glacier:*:*:vaults/\${aws:username}-*` }, false],
    [{ Resource: `arn:aws:glacier:*:*:vaults/\${aws:userid}*` }, false],
    [{ Resource: `arn:aws:glacier:*:*:vaults/\${aws:userid, 'example'}*` }, true],
    [{ Resource: `arn:aws:glacier:*:*:vaults/example\${*}` }, false],
    [{ NotResource: `arn:aws:glacier:*:*:vaults/\${aws:userid}*` }, false],
    [{ Condition: { StringEquals: { "aws:username": "alice" } } }, true],
    [{ Condition: { StringEquals: { "aws:username": "alice", "aws:userid": "x" } } }, false],
    [
      {
        Condition: {
          StringEquals: { "aws:username": "alice" },
          Bool: { "aws:SecureTransport": "true" },
        },
      },
      false,
    ],
  ];
  const context = { "aws:username": "alice", "aws:principalaccount": OWNER };
  for (const [overrides, allowed] of cases) {
    it(`${allowed ? "allows" : "does not allow"} with ${JSON.stringify(overrides)}`, () => {
      const identity = statementOf("Allow", overrides);
      assert.equal(evaluate(requestOf({ context }), setOf({ identity })).allowed, allowed);
    });
  }

  it("takes variables for text in the older version of the language", () => {
    const statement = statementOf("Allow", {
      Resource: `${VAULT_ARN.slice(0, -12)}\${aws:username}`,
    });
    const decide = (version: string) => {
      const identity = [policyOf("identity", [statement], { version })];
      const resourceArn = `${VAULT_ARN.slice(0, -12)}alice`;
      return evaluate(requestOf({ context, resourceArn }), { identity }).allowed;
    };
    assert.deepEqual([decide("2012-10-17"), decide("2008-10-17")], [true, false]);
  });

  it("denies everything when the variable of a Deny with NotResource has no value", () => {
    const deny = statementOf("Deny", { NotResource: `arn:aws:glacier:*:*:vaults/\${aws:userid}` });
    const request = requestOf({ principal: rootOf(OWNER) });
    assert.equal(evaluate(request, setOf({ identity: deny })).reason, "explicit-deny");
  });
});

describe("evaluate for any policies", () => {
  it("never allows more when a Deny is added, nor less when an Allow is added", () => {
    fc.assert(
      fc.property(requests, sets, anyKind, elements, ({ ...request }, set, kind, added) => {
        const before = evaluate(request, toPolicies(set)).allowed;
        const withStatement = (effect: "Allow" | "Deny") =>
          evaluate(request, toPolicies({ ...set, [kind]: [...set[kind], { ...added, effect }] }))
            .allowed;
        assert.ok(before || !withStatement("Deny"));
        assert.ok(!before || withStatement("Allow"));
      }),
      { numRuns: 3000 },
    );
  });

  it("allows nothing that a matching Deny names, whatever else stands there", () => {
    fc.assert(
      fc.property(requests, sets, anyKind, (request, set, kind) => {
        const deny: Elements = {
          effect: "Deny",
          elements: { Action: "*", Resource: "*" },
          principal: everyone,
        };
        const policies = toPolicies({ ...set, [kind]: [...set[kind], deny] });
        assert.equal(evaluate(request, policies).reason, "explicit-deny");
      }),
      { numRuns: 500 },
    );
  });
});

type Elements = {
  readonly effect: "Allow" | "Deny";
  readonly elements: StatementText;
  readonly principal: StatementText;
};
type Kinds = "identity" | "vault-access" | "vault-lock";
type Sets = Readonly<Record<Kinds, readonly Elements[]>>;

const anyKind = fc.constantFrom<Kinds>("identity", "vault-access", "vault-lock");
const principals = [rootOf(OWNER), alice, userOf(OWNER, "bob"), rootOf(FOREIGN), userOf(FOREIGN)];

const requests: fc.Arbitrary<PolicyRequest> = fc
  .record({
    principal: fc.constantFrom(...principals),
    action: fc.constantFrom("glacier:DeleteArchive", "glacier:GetJobOutput"),
    age: fc.option(fc.nat(3).map(String)),
    hold: fc.option(fc.subarray(["true", "false", ""])),
  })
  .map(({ principal, action, age, hold }) =>
    requestOf({
      principal,
      action,
      context: {
        ...(principal.userName === undefined ? {} : { "aws:username": principal.userName }),
        ...(age === null ? {} : { "glacier:archiveageindays": age }),
        ...(hold === null ? {} : { "glacier:resourcetag/hold": hold }),
      },
    }),
  );

const principalElements: fc.Arbitrary<StatementText> = fc
  .record({
    name: fc.constantFrom("Principal", "NotPrincipal"),
    arns: fc.subarray([OWNER, FOREIGN, ...principals.map(({ arn }) => arn)], { minLength: 1 }),
    isEveryone: fc.boolean(),
  })
  .map(({ name, arns, isEveryone }) => (isEveryone ? everyone : { [name]: { AWS: arns } }));

const conditionElements = fc.constantFrom<StatementText>(
  {},
  { Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "2" } } },
  { Condition: { NumericNotEqualsIfExists: { "glacier:ArchiveAgeInDays": ["1", "2"] } } },
  { Condition: { StringLike: { "glacier:ResourceTag/hold": ["t*", ""] } } },
  { Condition: { "ForAllValues:StringNotEquals": { "glacier:ResourceTag/hold": "true" } } },
  { Condition: { StringNotEquals: { "glacier:ResourceTag/hold": `\${aws:username}` } } },
  { Condition: { Null: { "aws:username": "true" } } },
);

const elements: fc.Arbitrary<Elements> = fc.record({
  effect: fc.constantFrom("Allow", "Deny"),
  principal: principalElements,
  elements: fc
    .record({
      action: fc.constantFrom(
        { Action: "*" },
        { Action: "glacier:Delete*" },
        { NotAction: "glacier:Get*" },
      ),
      resource: fc.constantFrom<StatementText>(
        { Resource: "*" },
        { Resource: VAULT_ARN },
        { NotResource: `arn:aws:glacier:*:*:vaults/\${aws:username}` },
      ),
      condition: conditionElements,
    })
    .map(({ action, resource, condition }) => ({ ...action, ...resource, ...condition })),
});

const someElements = fc.array(elements, { maxLength: 3 });
const sets: fc.Arbitrary<Sets> = fc.record({
  identity: someElements,
  "vault-access": someElements,
  "vault-lock": someElements,
});

function toPolicies(set: Sets): PolicySet {
  const build = (kind: Kinds) => {
    const statements = set[kind].map(({ effect, principal, elements: rest }) =>
      statementOf(effect, { ...rest, ...(kind === "identity" ? {} : principal) }),
    );
    return statements.length === 0 ? undefined : policyOf(kind, statements);
  };
  const [identity, access, lock] = [build("identity"), build("vault-access"), build("vault-lock")];
  return {
    identity: identity === undefined ? [] : [identity],
    ...(access === undefined ? {} : { access }),
    ...(lock === undefined ? {} : { lock }),
  };
}

function setOf({ identity, access, lock }: Statements): PolicySet {
  const build = (kind: PolicyKind, statement: StatementText) => policyOf(kind, [statement]);
  return {
    identity: identity === undefined ? [] : [build("identity", identity)],
    ...(access === undefined ? {} : { access: build("vault-access", access) }),
    ...(lock === undefined ? {} : { lock: build("vault-lock", lock) }),
  };
}
