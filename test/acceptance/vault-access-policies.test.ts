/** Vault access policies with boto3 and the AWS command line, for the vault's own account and another. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  ARN_PREFIX,
  formatPolicy,
  formatRefusal,
  openServiceWorld,
  type ServiceWorld,
  type Somebody,
} from "../support/service-world.ts";

const OWNER = "111122223333";
const GUEST = "222233334444";
const ALL = { Effect: "Allow", Action: "glacier:*", Resource: "*" };

describe("vault access policies", () => {
  let world: ServiceWorld;
  let root: Somebody;
  let guestRoot: Somebody;

  const setAccess = (vaultName: string, ...statements: readonly object[]) =>
    root.result("set_vault_access_policy", {
      vaultName,
      policy: { Policy: formatPolicy(...statements) },
    });

  before(async () => {
    world = await openServiceWorld();
    root = world.root;
    guestRoot = await world.makeAccount(GUEST);
    await root.result("create_vault", { vaultName: "photos" });
  });
  after(async () => {
    await world?.close();
  });

  it("let another account in only when both sides allow", async () => {
    await root.result("create_vault", { vaultName: "shared" });
    const guestIam = world.clientOf(guestRoot.credentials, "iam");
    await guestIam.result("create_user", { UserName: "visitor" });
    const { AccessKey: key } = await guestIam.result("create_access_key", { UserName: "visitor" });
    const credentials = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
    const visitor = world.clientOf(credentials);
    const vault = { accountId: OWNER, vaultName: "shared" };
    const place = ["--account-id", OWNER, "--vault-name", "shared"];
    const open = {
      Effect: "Allow",
      Action: "glacier:Describe*",
      Resource: `${ARN_PREFIX}vaults/shared`,
    };
    const inline = { UserName: "visitor", PolicyName: "out" };
    const stranger = `403 AccessDeniedException: Access denied for account ID: ${OWNER}`;
    const sides = [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const;
    for (const [identity, resource] of sides) {
      const label = `identity ${identity}, vault ${resource}`;
      await (identity
        ? guestIam.result("put_user_policy", { ...inline, PolicyDocument: formatPolicy(ALL) })
        : guestIam.outcome("delete_user_policy", inline));
      await (resource
        ? setAccess("shared", { ...open, Principal: { AWS: `arn:aws:iam::${GUEST}:root` } })
        : root.result("delete_vault_access_policy", { vaultName: "shared" }));
      const outcome = await visitor.outcome("describe_vault", vault);
      const printed = await world.aws(credentials, "describe-vault", ...place);
      if (identity && resource) {
        assert.equal(outcome, "200", label);
        assert.equal(JSON.parse(printed.stdout).VaultARN, `${ARN_PREFIX}vaults/shared`);
        assert.equal(await guestRoot.outcome("describe_vault", vault), "200", "its root");
      } else {
        assert.match(outcome, /^403 AccessDeniedException: /, label);
        assert.equal(outcome === stranger, !resource, `${label}: ${outcome}`);
        assert.deepEqual([printed.code, printed.stdout], [254, ""], label);
      }
      assert.equal(
        await visitor.outcome("list_jobs", vault),
        identity && resource
          ? `403 AccessDeniedException: User: arn:aws:iam::${GUEST}:user/visitor is not authorized ` +
              `to perform: glacier:ListJobs on resource: ${ARN_PREFIX}vaults/shared`
          : outcome.replace("DescribeVault", "ListJobs"),
        label,
      );
    }
    assert.match(await visitor.outcome("describe_vault", { vaultName: "shared" }), /^404 /);
    for (const [operation, parameters] of [
      ["list_vaults", {}],
      ["describe_vault", { vaultName: "photos" }],
      ["describe_vault", { vaultName: "absent" }],
      ["create_vault", { vaultName: "new" }],
      ["get_data_retrieval_policy", {}],
      ["purchase_provisioned_capacity", {}],
    ] as const) {
      const outcome = await guestRoot.outcome(operation, { accountId: OWNER, ...parameters });
      assert.equal(outcome, stranger, operation);
    }
  });

  it("end another account's access when either side says Deny", async () => {
    await root.result("create_vault", { vaultName: "both" });
    const vault = { accountId: OWNER, vaultName: "both" };
    const resource = { Resource: `${ARN_PREFIX}vaults/both` };
    const open = { Effect: "Allow", Principal: { AWS: GUEST }, Action: "glacier:*", ...resource };
    await setAccess("both", open);
    assert.equal(await guestRoot.outcome("upload_archive", { ...vault, body: "abc" }), "201");
    assert.equal(await guestRoot.outcome("list_jobs", vault), "200");
    await setAccess("both", open, { ...open, Effect: "Deny", Action: "glacier:ListJobs" });
    assert.match(
      await guestRoot.outcome("list_jobs", vault),
      /^403 AccessDeniedException: User: arn:aws:iam::222233334444:root .*glacier:ListJobs/,
    );
    assert.equal(await root.outcome("list_jobs", { vaultName: "both" }), "200");
    const { NumberOfArchives } = await root.result("describe_vault", { vaultName: "both" });
    assert.equal(NumberOfArchives, 1);
  });

  it("deny by source address, the owner's root as well, until the policy changes", async () => {
    await root.result("create_vault", { vaultName: "inside" });
    const { archiveId } = await root.result("upload_archive", { vaultName: "inside", body: "abc" });
    const archive = { vaultName: "inside", archiveId };
    const deny = {
      ...{ Effect: "Deny", Principal: "*", Action: "glacier:DeleteArchive" },
      Resource: `${ARN_PREFIX}vaults/inside`,
    };
    const refusal = formatRefusal(root.arn, "DeleteArchive", "vaults/inside");
    for (const condition of [
      { IpAddress: { "aws:SourceIp": "127.0.0.1/32" } },
      { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"] } },
      undefined,
    ]) {
      await setAccess("inside", { ...deny, ...(condition && { Condition: condition }) });
      assert.equal(await root.outcome("delete_archive", archive), refusal);
      const listed = await root.result("describe_vault", { vaultName: "inside" });
      assert.equal(listed.NumberOfArchives, 1);
    }
    await setAccess("inside", {
      ...deny,
      Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
    });
    assert.equal(await root.outcome("delete_archive", archive), "204");
  });

  it("come back exactly as they were set", async () => {
    await root.result("create_vault", { vaultName: "exact" });
    const vault = { vaultName: "exact" };
    const statement =
      '{ "Sid" : "\\u00e9t\\u00E9 été \\ud83d\\ude00", "Effect":"Allow" ,\n\t"Principal":"*",' +
      `"Action":["glacier:List\\u0056aults", "GLACIER:describevault"],"Resource":"${ARN_PREFIX}vaults/exact"}`;
    const texts = [
      `  {"Statement":[${statement}],\r\n "Version":"2012-10-17"} \n`,
      `{"Version":"2008-10-17","Id":"a\\/b","Statement":${statement}}`,
    ].map((text) => text.replace("glacier:List\\u0056aults", "glacier:ListJob\\u0073"));
    for (const text of texts) {
      const set = { ...vault, policy: { Policy: text } };
      assert.equal(await root.outcome("set_vault_access_policy", set), "204");
      const read = await root.result("get_vault_access_policy", vault);
      assert.deepEqual(read, { policy: { Policy: text } });
    }
    const place = ["--account-id", "-", "--vault-name", "exact"];
    const given = ["--policy", JSON.stringify({ Policy: texts[0] })];
    const set = await world.aws(root.credentials, "set-vault-access-policy", ...place, ...given);
    assert.deepEqual([set.code, set.stdout], [0, ""], set.stderr);
    const got = await world.aws(root.credentials, "get-vault-access-policy", ...place);
    assert.deepEqual(JSON.parse(got.stdout), { policy: { Policy: texts[0] } });
    const removed = await world.aws(root.credentials, "delete-vault-access-policy", ...place);
    assert.deepEqual([removed.code, removed.stdout], [0, ""], removed.stderr);
    const none = await world.aws(root.credentials, "get-vault-access-policy", ...place);
    assert.equal(none.code, 254);
    assert.match(
      none.stderr,
      /\(ResourceNotFoundException\).*: No vault access policy is set for: exact\s*$/,
    );
    assert.equal(await root.outcome("delete_vault_access_policy", vault), "204");
  });

  it("that can't hold are refused and leave the one before", async () => {
    await root.result("create_vault", { vaultName: "strict" });
    const vault = { vaultName: "strict" };
    const valid = {
      ...{ Effect: "Allow", Principal: "*", Action: "glacier:ListJobs" },
      Resource: `${ARN_PREFIX}vaults/strict`,
    };
    await setAccess("strict", valid);
    const invalid =
      /^400 InvalidParameterValueException: The specified vault access policy is invalid/;
    const long = `${ARN_PREFIX}vaults/strict`.padEnd(21_000, "*");
    for (const text of [
      "",
      "no",
      "{}",
      "[]",
      formatPolicy({ ...valid, Principal: undefined }),
      formatPolicy({ ...valid, Effect: "Perhaps" }),
      formatPolicy({ ...valid, Action: "s3:GetObject" }),
      formatPolicy({ ...valid, Action: undefined }),
      formatPolicy({ ...valid, Resource: `${ARN_PREFIX}vaults/other` }),
      formatPolicy({ ...valid, Resource: undefined }),
      formatPolicy({ ...valid, Condition: { Strange: { "aws:SourceIp": "10.0.0.0/8" } } }),
      formatPolicy({ ...valid, Extra: 1 }),
      formatPolicy(valid).replace("2012-10-17", "2020-01-01"),
      formatPolicy({ ...valid, Resource: [long] }),
    ]) {
      const outcome = await root.outcome("set_vault_access_policy", {
        ...vault,
        policy: { Policy: text },
      });
      assert.match(
        outcome,
        text.length > 20_480 ? /^400 InvalidP.*: / : invalid,
        text.slice(0, 300),
      );
    }
    assert.match(
      await root.outcome("set_vault_access_policy", { ...vault, policy: {} }),
      /^400 MissingParameterValueException: /,
    );
    const { policy } = await root.result("get_vault_access_policy", vault);
    assert.equal(policy.Policy, formatPolicy(valid));
  });

  it("read back as infrastructure tools expect right after they made a vault", async () => {
    const vault = { vaultName: "terraform" };
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`key-${n}`, `v ${n}`]));
    const absent = async (operation: string) =>
      assert.match(await root.outcome(operation, vault), /^404 ResourceNotFoundException: /);
    assert.match(await root.outcome("describe_vault", vault), /^404 ResourceNotFoundException: /);
    await root.result("create_vault", vault);
    await root.result("add_tags_to_vault", { ...vault, Tags: tags });
    await absent("get_vault_access_policy");
    await absent("get_vault_notifications");
    await absent("get_vault_lock");
    const { TopicArn } = await world.boto3
      .client(() => ({
        ...{ endpoint: world.server().apiUrl, service: "sns" },
        credentials: root.credentials,
      }))
      .result("create_topic", { Name: "terraform" });
    const notifications = {
      SNSTopic: TopicArn,
      Events: ["ArchiveRetrievalCompleted", "InventoryRetrievalCompleted"],
    };
    await root.result("set_vault_notifications", {
      ...vault,
      vaultNotificationConfig: notifications,
    });
    const text = `{"Statement":[{"Action":["glacier:InitiateJob","glacier:GetJobOutput"],"Effect":"Allow","Principal":"*","Resource":"${ARN_PREFIX}vaults/terraform","Sid":"add-read-only-perm"}],"Version":"2012-10-17"}`;
    await root.result("set_vault_access_policy", { ...vault, policy: { Policy: text } });
    const described = await root.result("describe_vault", vault);
    assert.equal(described.VaultARN, `${ARN_PREFIX}vaults/terraform`);
    assert.deepEqual((await root.result("list_tags_for_vault", vault)).Tags, tags);
    assert.equal((await root.result("get_vault_access_policy", vault)).policy.Policy, text);
    const read = await root.result("get_vault_notifications", vault);
    assert.deepEqual(read.vaultNotificationConfig, notifications);
    await root.result("delete_vault_access_policy", vault);
    await root.result("delete_vault_notifications", vault);
    await root.result("remove_tags_from_vault", { ...vault, TagKeys: Object.keys(tags) });
    await absent("get_vault_access_policy");
    await absent("get_vault_notifications");
    assert.deepEqual((await root.result("list_tags_for_vault", vault)).Tags, {});
    await root.result("delete_vault", vault);
    assert.match(await root.outcome("describe_vault", vault), /^404 ResourceNotFoundException: /);
  });
});
