/** What `moraine policy explain` is told, and that requests fare as it says. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { policy } from "../../src/cli/high-level/policy-explain.ts";
import { handleAdminRequest } from "../../src/http/admin-routes.ts";
import { type ExplainQuestion, explainAccess } from "../../src/http/explain-access.ts";
import { ACCOUNT_ID } from "../support/metadata-builders.ts";
import { VAULT_ARN } from "../support/operation-world.ts";
import {
  OTHER_ACCOUNT_ID,
  openPolicyWorld,
  type PolicyWorld,
  policyOf,
  statement,
} from "../support/policy-world.ts";

let world: PolicyWorld;
beforeEach(async () => {
  world = await openPolicyWorld();
});
afterEach(() => world.close());

function ask(fields: Partial<ExplainQuestion> = {}) {
  const question = { Principal: world.root.arn, Action: "glacier:DeleteArchive", Vault: "photos" };
  return explainAccess({ ...question, ...fields }, world.services);
}

async function lockByAge(): Promise<void> {
  const Condition = { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } };
  const lock = { Sid: "keep", Effect: "Deny", Principal: "*", Action: "glacier:DeleteArchive" };
  const Policy = policyOf(statement({ ...lock, Condition }));
  await world.perform.InitiateVaultLock({ policy: { Policy } });
}

describe("explainAccess", () => {
  it("names the statement of the lock that denies the root, by the archive's age", async () => {
    await lockByAge();
    const young = await ask({ ArchiveAgeInDays: 364 });
    assert.equal(young.Allowed, false);
    assert.deepEqual(young.DecidedBy, {
      PolicyKind: "vault-lock",
      PolicyName: "vault lock policy",
      StatementIndex: 0,
      Sid: "keep",
    });
    const old = await ask({ ArchiveAgeInDays: 365 });
    assert.deepEqual([old.Allowed, old.Reason, old.DecidedBy], [true, "owner-root", null]);
    assert.match(old.Statements[0]?.FailedElement ?? "", /^Condition\.NumericLessThan/);
    assert.equal((await ask()).Allowed, true);
  });

  it("names the user's own policy, and both sides that lack an allow", async () => {
    const user = await world.addUser("reader", [statement({ Action: "glacier:Describe*" })]);
    const allowed = await ask({ Principal: user.arn, Action: "GLACIER:describevault" });
    assert.deepEqual(
      [allowed.Action, allowed.Resource, allowed.DecidedBy?.PolicyName],
      ["glacier:DescribeVault", VAULT_ARN, "inline"],
    );
    const denied = await ask({ Principal: user.arn });
    assert.deepEqual([denied.Reason, denied.Missing], ["implicit-deny", ["identity", "resource"]]);
  });

  it("takes the ARN of a vault of another account, and a source address", async () => {
    const question = { Principal: world.otherRoot.arn, Vault: VAULT_ARN, SourceIp: "10.1.2.3" };
    assert.deepEqual((await ask(question)).Missing, ["resource"]);
    const Principal = { AWS: OTHER_ACCOUNT_ID };
    const Condition = { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } };
    const Policy = policyOf(statement({ Principal, Condition }));
    await world.perform.SetVaultAccessPolicy({ policy: { Policy } });
    assert.equal((await ask(question)).DecidedBy?.PolicyKind, "vault-access");
    assert.equal((await ask({ ...question, SourceIp: "11.1.2.3" })).Allowed, false);
    assert.equal((await ask({ ...question, SourceIp: undefined })).Allowed, false);
  });

  it("says the same as a request is told", async () => {
    const denyList = statement({ Effect: "Deny", Action: "glacier:ListJobs" });
    const user = await world.addUser("mixed", [statement({ Action: "glacier:*Vault" }), denyList]);
    const lines = {
      DescribeVault: "GET /-/vaults/photos",
      ListJobs: "GET /-/vaults/photos/jobs",
      ListTagsForVault: "GET /-/vaults/photos/tags",
      CreateVault: "PUT /-/vaults/photos",
    };
    for (const caller of [user, world.root]) {
      for (const [name, line] of Object.entries(lines)) {
        const { Allowed } = await ask({ Principal: caller.arn, Action: `glacier:${name}` });
        assert.equal((await caller.call(line)).status < 400, Allowed, `${caller.arn} ${name}`);
      }
    }
  });

  it("refuses what can't be asked, and finds neither users nor vaults that are not there", async () => {
    const none = `arn:aws:iam::${ACCOUNT_ID}:user/none`;
    const cases: [fields: Partial<ExplainQuestion>, code: string][] = [
      [{ Principal: "root" }, "BadRequest"],
      [{ Action: "glacier:Everything" }, "BadRequest"],
      [{ Vault: undefined }, "BadRequest"],
      [{ Principal: none }, "ResourceNotFoundException"],
      [{ Vault: "none" }, "ResourceNotFoundException"],
    ];
    for (const [fields, code] of cases) {
      await assert.rejects(ask(fields), { code }, JSON.stringify(fields));
    }
    const { Resource } = await ask({ Action: "glacier:GetDataRetrievalPolicy", Vault: undefined });
    assert.match(Resource, /:policies\/retrieval-limit-policy$/);
  });
});

describe("the command over the console listener", () => {
  it("prints the statement that decided", async () => {
    await lockByAge();
    const key = { accessKeyId: "AKIDOPERATOR00000001", secretAccessKey: "operatorSecret/0001" };
    const arn = `arn:aws:iam::${ACCOUNT_ID}:root`;
    const principal = { accountId: ACCOUNT_ID, arn, isRoot: true, userId: ACCOUNT_ID };
    const credentials = { findAccessKey: async () => ({ ...key, principal }) };
    const refuse = async () => assert.fail("no operator is asked");
    const operator = {
      stopping: new AbortController().signal,
      describeService: refuse,
      checkIntegrity: () => assert.fail("no operator is asked"),
      repairBlobs: refuse,
      createBackup: refuse,
      rotateKeys: () => assert.fail("no operator is asked"),
    };
    const services = { ...world.services, credentials, operator };
    const server = createServer((request, response) => {
      void handleAdminRequest(request, response, services);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    let stdout = "";
    const code = await policy(
      [
        ...["explain", "--principal", arn, "--action", "glacier:DeleteArchive"],
        ...["--vault", "photos", "--archive-age", "1", "--admin-url", `http://127.0.0.1:${port}`],
      ],
      {
        stdout: (text) => {
          stdout += text;
        },
        stderr: (text) => assert.fail(text),
      },
      {
        env: {
          AWS_ACCESS_KEY_ID: key.accessKeyId,
          AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
        },
        fetch,
        nowMs: () => world.time.nowMs,
      },
    );
    server.closeAllConnections();
    server.close();
    assert.equal(code, 0);
    assert.match(stdout, /^denied: a Deny in the vault lock policy, statement 0 \("keep"\)\n/);
  });
});
