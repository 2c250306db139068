/**
 * The facts of every policy example of the service's guide, as documents of our own: who may do what, and
 * who may not.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate } from "./evaluate.ts";
import type { PolicySet } from "./policy-set.ts";
import type { PolicyPrincipal } from "./request.ts";
import {
  FOREIGN,
  knownActions,
  OWNER,
  policyOf,
  requestOf,
  rootOf,
  type StatementText,
  userOf,
  VAULT_ARN,
} from "./testing/policies.ts";

const VAULTS = `arn:aws:glacier:us-west-2:${OWNER}:vaults/*`;
const otherVault = VAULT_ARN.replace("examplevault", "other");
const otherRegion = VAULT_ARN.replace("us-west-2", "eu-west-1");

type Call = readonly [action: string, resourceArn: string];

interface IdentityExample {
  readonly name: string;
  readonly statement: StatementText;
  readonly allowed: readonly Call[];
  readonly refused: readonly Call[];
}

const identityExamples: readonly IdentityExample[] = [
  {
    name: "creating, describing and listing the vaults of one region",
    statement: {
      Action: ["CreateVault", "DescribeVault", "ListVaults"].map((name) => `glacier:${name}`),
      Resource: VAULTS,
    },
    allowed: [
      ["CreateVault", VAULT_ARN],
      ["DescribeVault", otherVault],
      ["ListVaults", VAULTS],
    ],
    refused: [
      ["CreateVault", otherRegion],
      ["DeleteVault", VAULT_ARN],
      ["DescribeVault", VAULT_ARN.replace(OWNER, FOREIGN)],
    ],
  },
  {
    name: "the least that the console needs",
    statement: { Action: ["glacier:ListVaults"], Resource: "*" },
    allowed: [["ListVaults", VAULTS]],
    refused: [["DescribeVault", VAULT_ARN]],
  },
  {
    name: "downloading from one vault",
    statement: {
      Action: ["glacier:InitiateJob", "glacier:GetJobOutput", "glacier:DescribeJob"],
      Resource: VAULT_ARN,
    },
    allowed: [
      ["InitiateJob", VAULT_ARN],
      ["GetJobOutput", VAULT_ARN],
      ["DescribeJob", VAULT_ARN],
    ],
    refused: [
      ["InitiateJob", otherVault],
      ["ListJobs", VAULT_ARN],
      ["UploadArchive", VAULT_ARN],
    ],
  },
  {
    name: "creating vaults and configuring their notifications",
    statement: {
      Action: [
        "glacier:CreateVault",
        "glacier:SetVaultNotifications",
        "glacier:GetVaultNotifications",
        "glacier:DeleteVaultNotifications",
        "glacier:DescribeVault",
        "glacier:ListVaults",
      ],
      Resource: VAULTS,
    },
    allowed: [
      ["CreateVault", otherVault],
      ["SetVaultNotifications", VAULT_ARN],
      ["DeleteVaultNotifications", VAULT_ARN],
    ],
    refused: [
      ["SetVaultNotifications", otherRegion],
      ["SetVaultAccessPolicy", VAULT_ARN],
    ],
  },
  {
    name: "uploading to one vault, at once and in parts",
    statement: {
      Action: [
        "glacier:UploadArchive",
        "glacier:InitiateMultipartUpload",
        "glacier:UploadMultipartPart",
        "glacier:ListParts",
        "glacier:ListMultipartUploads",
        "glacier:CompleteMultipartUpload",
      ],
      Resource: VAULT_ARN,
    },
    allowed: [
      ["UploadArchive", VAULT_ARN],
      ["UploadMultipartPart", VAULT_ARN],
      ["CompleteMultipartUpload", VAULT_ARN],
    ],
    refused: [
      ["AbortMultipartUpload", VAULT_ARN],
      ["UploadArchive", otherVault],
      ["DeleteArchive", VAULT_ARN],
    ],
  },
  {
    name: "everything on one vault",
    statement: { Action: ["glacier:*"], Resource: VAULT_ARN },
    allowed: knownActions.map((action): Call => [action.slice("glacier:".length), VAULT_ARN]),
    refused: [["DescribeVault", otherVault]],
  },
];

describe("identity policies of the guide", () => {
  for (const { name, statement, allowed, refused } of identityExamples) {
    it(`allow ${name}, and nothing else`, () => {
      const identity = [policyOf("identity", [{ Effect: "Allow", ...statement }])];
      const decide = ([action, resourceArn]: Call) =>
        evaluate(requestOf({ action: `glacier:${action}`, resourceArn }), { identity }).allowed;
      assert.deepEqual(
        allowed.map(decide),
        allowed.map(() => true),
      );
      assert.deepEqual(
        refused.map(decide),
        refused.map(() => false),
      );
    });
  }

  it("allow a user to look at itself by a variable in the resource", () => {
    const statement = {
      Sid: "ViewOwnUserInfo",
      Effect: "Allow",
      Action: ["iam:GetUser", "iam:ListUserPolicies"],
      Resource: [`arn:aws:iam::*:user/\${aws:username}`],
    };
    const decide = (name: string) => {
      const resourceArn = `arn:aws:iam::${OWNER}:user/${name}`;
      const context = { "aws:username": "alice" };
      const request = requestOf({ action: "iam:GetUser", resourceArn, context });
      return evaluate(request, { identity: [policyOf("identity", [statement])] }).allowed;
    };
    assert.deepEqual([decide("alice"), decide("bob")], [true, false]);
  });
});

describe("access policies of the guide", () => {
  const may = (who: PolicyPrincipal, action: string, options: Partial<Bearing> = {}) =>
    evaluate(
      requestOf({ principal: who, action: `glacier:${action}`, context: options.context ?? {} }),
      { identity: [], ...options.policies },
    ).allowed;

  it("let two other accounts upload, and only upload", () => {
    const access = policyOf("vault-access", [
      {
        Sid: "cross-account-upload",
        Principal: { AWS: [rootOf("111122223333").arn, rootOf(FOREIGN).arn] },
        Effect: "Allow",
        Action: [
          "glacier:UploadArchive",
          "glacier:InitiateMultipartUpload",
          "glacier:AbortMultipartUpload",
          "glacier:CompleteMultipartUpload",
        ],
        Resource: [VAULT_ARN],
      },
    ]);
    const everything = policyOf("identity", [{ Effect: "Allow", Action: "*", Resource: "*" }]);
    const delegated = { policies: { identity: [everything], access } };
    assert.equal(
      may(rootOf(FOREIGN), "UploadArchive", { policies: { identity: [], access } }),
      true,
    );
    assert.equal(may(userOf(FOREIGN), "UploadArchive", delegated), true);
    assert.equal(
      may(userOf(FOREIGN), "UploadArchive", { policies: { identity: [], access } }),
      false,
    );
    assert.equal(may(userOf(FOREIGN), "UploadMultipartPart", delegated), false);
    assert.equal(may(userOf(FOREIGN), "DeleteArchive", delegated), false);
    assert.equal(may(userOf("555566667777"), "UploadArchive", delegated), false);
  });

  it("let another account delete only with a second factor", () => {
    const access = policyOf("vault-access", [
      {
        Sid: "add-mfa-delete-requirement",
        Principal: { AWS: [rootOf(FOREIGN).arn] },
        Effect: "Allow",
        Action: ["glacier:Delete*"],
        Resource: [VAULT_ARN],
        Condition: { Bool: { "aws:MultiFactorAuthPresent": true } },
      },
    ]);
    const policies = { identity: [], access };
    const withFactor = { policies, context: { "aws:multifactorauthpresent": "true" } };
    const withoutFactor = { policies, context: { "aws:multifactorauthpresent": "false" } };
    assert.equal(may(rootOf(FOREIGN), "DeleteArchive", withFactor), true);
    assert.equal(may(rootOf(FOREIGN), "DeleteVault", withFactor), true);
    assert.equal(may(rootOf(FOREIGN), "DescribeVault", withFactor), false);
    assert.equal(may(rootOf(FOREIGN), "DeleteArchive", withoutFactor), false);
    assert.equal(may(rootOf(FOREIGN), "DeleteArchive", { policies }), false);
  });
});

describe("lock policies of the guide", () => {
  const identity = [policyOf("identity", [{ Effect: "Allow", Action: "*", Resource: "*" }])];

  it("keep archives younger than a year from everybody's deletion", () => {
    const lock = policyOf("vault-lock", [
      {
        Sid: "deny-based-on-archive-age",
        Principal: "*",
        Effect: "Deny",
        Action: "glacier:DeleteArchive",
        Resource: [VAULT_ARN],
        Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
      },
    ]);
    for (const principal of [rootOf(OWNER), userOf(OWNER)]) {
      const reasonAt = (days: string, action = "glacier:DeleteArchive") => {
        const context = { "glacier:archiveageindays": days };
        return evaluate(requestOf({ principal, action, context }), { identity, lock }).reason;
      };
      assert.equal(reasonAt("0"), "explicit-deny");
      assert.equal(reasonAt("364"), "explicit-deny");
      assert.notEqual(reasonAt("365"), "explicit-deny");
      assert.notEqual(reasonAt("1", "glacier:InitiateJob"), "explicit-deny");
    }
  });

  it("keep all archives of a vault under legal hold, and let the account delete young ones else", () => {
    const deletion = { Action: ["glacier:DeleteArchive"], Resource: [VAULT_ARN] };
    const lock = policyOf("vault-lock", [
      {
        ...deletion,
        Sid: "lock-vault",
        Principal: "*",
        Effect: "Deny",
        Condition: { StringLike: { "glacier:ResourceTag/LegalHold": ["true", ""] } },
      },
      {
        ...deletion,
        Sid: "you-can-delete-archive-less-than-1-year-old",
        Principal: { AWS: rootOf(OWNER).arn },
        Effect: "Allow",
        Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
      },
    ]);
    const decide = (hold: string | undefined, policies: PolicySet, principal = userOf(OWNER)) => {
      const tag = hold === undefined ? {} : { "glacier:resourcetag/legalhold": hold };
      const context = { "glacier:archiveageindays": "12", ...tag };
      return evaluate(requestOf({ principal, context }), policies).reason;
    };
    assert.equal(decide("true", { identity, lock }), "explicit-deny");
    assert.equal(decide("", { identity, lock }), "explicit-deny");
    assert.equal(decide("true", { identity: [], lock }, rootOf(OWNER)), "explicit-deny");
    assert.equal(decide("false", { identity, lock }), "allowed");
    assert.equal(decide(undefined, { identity, lock }), "allowed");
    assert.equal(decide(undefined, { identity: [], lock }), "implicit-deny");
    assert.equal(decide(undefined, { identity: [], lock }, rootOf(OWNER)), "owner-root");
  });
});

interface Bearing {
  readonly policies: PolicySet;
  readonly context: Readonly<Record<string, string>>;
}
