/** Who may do what: identity policies and vault access policies, as requests meet them. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ACCOUNT_ID, REGION } from "../support/metadata-builders.ts";
import { VAULT_ARN, vaultArn } from "../support/operation-world.ts";
import { MIB, makePayload } from "../support/payload.ts";
import {
  type Caller,
  OTHER_ACCOUNT_ID,
  openPolicyWorld,
  type PolicyWorld,
  policyOf,
  statement,
} from "../support/policy-world.ts";
import { POLICY_CALLS as CALLS } from "./policy-calls.ts";

const OTHER_ROOT_ARN = `arn:aws:iam::${OTHER_ACCOUNT_ID}:root`;
const payload = makePayload(MIB, "authorization");

let world: PolicyWorld;
beforeEach(async () => {
  world = await openPolicyWorld();
});
afterEach(() => world.close());

type CallName = keyof typeof CALLS;
const callNames = Object.keys(CALLS) as CallName[];

const ARN_PREFIX = `arn:aws:glacier:${REGION}:${ACCOUNT_ID}:`;
/** Resources other than the vault. */
const RESOURCES: Partial<Record<CallName, string>> = {
  ListVaults: `${ARN_PREFIX}vaults/*`,
  SetDataRetrievalPolicy: `${ARN_PREFIX}policies/retrieval-limit-policy`,
  GetDataRetrievalPolicy: `${ARN_PREFIX}policies/retrieval-limit-policy`,
  PurchaseProvisionedCapacity: `${ARN_PREFIX}provisioned-capacity`,
  ListProvisionedCapacity: `${ARN_PREFIX}provisioned-capacity`,
};

function deniedText(caller: Caller, name: CallName, resource = RESOURCES[name] ?? VAULT_ARN) {
  return `403 AccessDeniedException: User: ${caller.arn} is not authorized to perform: glacier:${name} on resource: ${resource}`;
}

/** An upload is refused for lack of a hash before anything else, so it brings one. */
function optionsFor(name: CallName) {
  const isUpload = name === "UploadArchive" || name === "UploadMultipartPart";
  return isUpload ? { headers: [["x-amz-content-sha256", "0".repeat(64)]] as const } : {};
}

function setAccessPolicy(...statements: readonly object[]): Promise<string> {
  return world.root.outcome("PUT /-/vaults/photos/access-policy", {
    body: { Policy: policyOf(...statements) },
  });
}

describe("a user without policies", () => {
  it("may do nothing at all, and is told who, what and on which resource", async () => {
    const user = await world.addUser("nobody");
    for (const name of callNames) {
      assert.equal(await user.outcome(CALLS[name], optionsFor(name)), deniedText(user, name));
    }
    assert.equal((await world.getVault()).vaultName, "photos");
  });

  it("learns before policies that its own account lacks a vault", async () => {
    const user = await world.addUser("nobody");
    const outcome = await user.outcome("GET /-/vaults/none");
    assert.equal(
      outcome,
      `404 ResourceNotFoundException: Vault not found for ARN: ${vaultArn("none")}`,
    );
  });
});

describe("each operation", () => {
  it("needs exactly the action of its name on its own resource", async () => {
    for (const [index, name] of callNames.entries()) {
      const Resource = RESOURCES[name] ?? VAULT_ARN;
      const allowed = statement({ Action: `glacier:${name}`, Resource });
      const user = await world.addUser(`only${index}`, [allowed]);
      for (const other of [name, callNames[(index + 1) % callNames.length]!]) {
        const outcome = await user.outcome(CALLS[other], optionsFor(other));
        assert.equal(outcome === deniedText(user, other), other !== name, `${name}: ${outcome}`);
      }
      await world.perform.CreateVault();
    }
  });
});

describe("a read-only user", () => {
  it("may describe, get and list, and change nothing", async () => {
    const Action = ["glacier:Describe*", "glacier:Get*", "glacier:List*"];
    const user = await world.addUser("reader", [statement({ Action, Resource: "*" })]);
    for (const name of callNames) {
      const outcome = await user.outcome(CALLS[name], optionsFor(name));
      const isRead = /^(Describe|Get|List)/.test(name);
      assert.equal(outcome === deniedText(user, name), !isRead, `${name}: ${outcome}`);
    }
  });
});

describe("a user limited to one vault", () => {
  it("may do everything there, nothing elsewhere, and not see the list", async () => {
    await world.perform.CreateVault({ vaultName: "other" });
    const user = await world.addUser("limited", [statement()]);
    assert.equal(await user.outcome("GET /-/vaults/photos"), "200");
    assert.equal(await user.outcome(CALLS.DeleteVault), "204");
    assert.equal(await user.outcome(CALLS.CreateVault), "201");
    assert.equal(
      await user.outcome("GET /-/vaults/other"),
      deniedText(user, "DescribeVault", vaultArn("other")),
    );
    assert.equal(await user.outcome(CALLS.ListVaults), deniedText(user, "ListVaults"));
  });

  it("may list vaults when granted on vaults/* or on *", async () => {
    for (const [index, Resource] of [`${ARN_PREFIX}vaults/*`, "*"].entries()) {
      const granted = statement({ Action: "glacier:ListVaults", Resource });
      const user = await world.addUser(`lister${index}`, [granted]);
      assert.equal(await user.outcome(CALLS.ListVaults), "200");
    }
  });
});

describe("an explicit deny", () => {
  it("beats every allow, wherever it stands, for the owner's root too", async () => {
    const deny = statement({ Effect: "Deny", Action: "glacier:ListJobs" });
    const user = await world.addUser("denied", [statement(), deny]);
    assert.equal(await user.outcome(CALLS.ListJobs), deniedText(user, "ListJobs"));
    assert.equal(await user.outcome(CALLS.DescribeVault), "200");
    const denyAll = { ...deny, Principal: "*", Action: "glacier:DescribeVault" };
    assert.equal(await setAccessPolicy(denyAll), "204");
    assert.equal(await user.outcome(CALLS.DescribeVault), deniedText(user, "DescribeVault"));
    assert.equal(
      await world.root.outcome(CALLS.DescribeVault),
      deniedText(world.root, "DescribeVault"),
    );
    assert.equal(await world.root.outcome(CALLS.ListJobs), "200");
  });

  it("by source address looks at the socket and not at what the client says of itself", async () => {
    const deny = (ip: string) =>
      statement({
        Effect: "Deny",
        Principal: "*",
        Action: "glacier:DescribeVault",
        Condition: { IpAddress: { "aws:SourceIp": ip } },
      });
    const headers = [["X-Forwarded-For", "10.0.0.1"]] as const;
    await setAccessPolicy(deny("10.0.0.0/8"));
    assert.equal(await world.root.outcome(CALLS.DescribeVault, { headers }), "200");
    await setAccessPolicy(deny("127.0.0.0/8"));
    assert.equal(
      await world.root.outcome(CALLS.DescribeVault, { headers }),
      deniedText(world.root, "DescribeVault"),
    );
  });

  it("of plain connections holds on the plain listener", async () => {
    const Condition = { Bool: { "aws:SecureTransport": "false" } };
    const Action = "glacier:ListJobs";
    await setAccessPolicy(statement({ Effect: "Deny", Principal: "*", Action, Condition }));
    assert.equal(await world.root.outcome(CALLS.ListJobs), deniedText(world.root, "ListJobs"));
  });
});

describe("condition keys", () => {
  it("let a user in by name, user agent, time and tag, and keep it out otherwise", async () => {
    const nowMs = world.time.nowMs;
    const cases: [condition: object, isAllowed: boolean][] = [
      [{ StringEquals: { "aws:username": "user0" } }, true],
      [{ StringEquals: { "aws:username": "other" } }, false],
      [{ StringLike: { "aws:userid": "AIDAUSER2*" } }, true],
      [{ ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${ACCOUNT_ID}:user/user3` } }, true],
      [{ StringEquals: { "aws:PrincipalAccount": OTHER_ACCOUNT_ID } }, false],
      [{ StringLike: { "aws:UserAgent": "tester/*" } }, true],
      [{ StringLike: { "aws:UserAgent": "other/*" } }, false],
      [{ DateLessThan: { "aws:CurrentTime": new Date(nowMs + 1000).toISOString() } }, true],
      [{ DateLessThan: { "aws:CurrentTime": new Date(nowMs - 1000).toISOString() } }, false],
      [{ NumericGreaterThan: { "aws:EpochTime": String(Math.floor(nowMs / 1000) - 1) } }, true],
      [{ StringEquals: { "glacier:ResourceTag/team": "red" } }, true],
      [{ StringEquals: { "glacier:ResourceTag/team": "blue" } }, false],
      [{ Bool: { "aws:MultiFactorAuthPresent": "true" } }, false],
    ];
    await world.perform.AddTagsToVault({ Tags: new Map([["team", "red"]]) });
    for (const [index, [Condition, isAllowed]] of cases.entries()) {
      const user = await world.addUser(`user${index}`, [statement({ Condition })]);
      const headers = [["User-Agent", "tester/1.0"]] as const;
      const outcome = await user.outcome(CALLS.DescribeVault, { headers });
      const expected = isAllowed ? "200" : deniedText(user, "DescribeVault");
      assert.equal(outcome, expected, JSON.stringify(Condition));
    }
  });
});

describe("a caller of another account", () => {
  const strangerText = (id: string) =>
    `403 AccessDeniedException: Access denied for account ID: ${id}`;
  const foreign = (line: string) => line.replace(" /-/", ` /${ACCOUNT_ID}/`);

  it("learns nothing without a policy that lets it in, not even what exists", async () => {
    for (const name of callNames) {
      const outcome = await world.otherRoot.outcome(foreign(CALLS[name]), optionsFor(name));
      assert.equal(outcome, strangerText(ACCOUNT_ID), name);
    }
    for (const path of [`/${ACCOUNT_ID}/vaults/none`, `/${ACCOUNT_ID}/vaults/b*d`]) {
      assert.equal(await world.otherRoot.outcome(`GET ${path}`), strangerText(ACCOUNT_ID));
    }
    for (const id of ["123", "012345678901", "photos"]) {
      assert.equal(await world.otherRoot.outcome(`GET /${id}/vaults/photos`), strangerText(id));
    }
  });

  it("is let in as far as the vault's policy says, its root without a policy of its own", async () => {
    const Action = ["glacier:DescribeVault", "glacier:InitiateJob", "glacier:UploadArchive"];
    await setAccessPolicy(statement({ Principal: { AWS: OTHER_ROOT_ARN }, Action }));
    const answer = await world.otherRoot.call(foreign(CALLS.DescribeVault));
    assert.equal(answer.json()["VaultARN"], VAULT_ARN);
    assert.equal(
      await world.otherRoot.outcome(foreign(CALLS.ListJobs)),
      deniedText(world.otherRoot, "ListJobs"),
    );
    const job = await world.otherRoot.call(foreign(CALLS.InitiateJob), {
      body: { Type: "inventory-retrieval" },
    });
    assert.equal(job.status, 202);
    assert.match(job.header("Location") ?? "", new RegExp(`^/${ACCOUNT_ID}/vaults/photos/jobs/`));
    const own = await world.otherRoot.outcome(CALLS.DescribeVault);
    assert.match(own, /^404 ResourceNotFoundException: .*:999988887777:vaults\/photos$/);
    for (const name of ["ListVaults", "CreateVault", "GetDataRetrievalPolicy"] as const) {
      const outcome = await world.otherRoot.outcome(foreign(CALLS[name]));
      assert.equal(outcome, strangerText(ACCOUNT_ID), name);
    }
  });

  it("needs an allow on both sides when it is a user", async () => {
    const allowed = statement({ Action: "glacier:DescribeVault" });
    const granted = await world.addUser("granted", [allowed], OTHER_ACCOUNT_ID);
    const without = await world.addUser("without", [], OTHER_ACCOUNT_ID);
    const line = foreign(CALLS.DescribeVault);
    assert.equal(await granted.outcome(line), strangerText(ACCOUNT_ID));
    for (const AWS of [OTHER_ACCOUNT_ID, [granted.arn, without.arn]]) {
      await setAccessPolicy(statement({ Principal: { AWS } }));
      assert.equal(await granted.outcome(line), "200");
      assert.equal(await without.outcome(line), deniedText(without, "DescribeVault"));
    }
    await setAccessPolicy(statement({ Principal: { AWS: granted.arn } }));
    assert.equal(await without.outcome(line), strangerText(ACCOUNT_ID));
  });
});

describe("uploads", () => {
  it("are refused before their body is read", async () => {
    const user = await world.addUser("uploader");
    const started = await user.call(CALLS.UploadArchive, {
      body: "not sent in full",
      headers: [
        ["Expect", "100-continue"],
        ["x-amz-content-sha256", payload.sha256],
        ["x-amz-sha256-tree-hash", payload.treeHash],
      ],
    });
    assert.equal(started.status, 403);
    assert.deepEqual(started.interim, []);
  });
});

describe("management services", () => {
  const identity = { service: "sts", body: "Action=GetCallerIdentity&Version=2011-06-15" };
  const listUsers = { service: "iam", body: "Action=ListUsers&Version=2010-05-08" };

  it("tell every caller who it is, and let only root and users with a policy do more", async () => {
    const nobody = await world.addUser("nobody");
    const Action = "iam:ListUsers";
    const admin = await world.addUser("admin", [statement({ Action, Resource: "*" })]);
    for (const caller of [nobody, admin, world.root]) {
      assert.equal((await caller.call("POST /", identity)).status, 200);
    }
    assert.equal((await admin.call("POST /", listUsers)).status, 200);
    assert.equal((await world.root.call("POST /", listUsers)).status, 200);
    const refused = await nobody.call("POST /", listUsers);
    assert.equal(refused.status, 403);
    const text = refused.body.toString();
    assert.match(text, /<Code>AccessDenied<\/Code>/);
    assert.ok(text.includes(`User: ${nobody.arn} is not authorized to perform: iam:ListUsers on`));
  });
});
