/** Policies of users with boto3 and the AWS command line against a started server. */
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
const ALL = { Effect: "Allow", Action: "glacier:*", Resource: "*" };
const NO_JOB = { vaultName: "photos", jobId: "no-such-job" };
const NO_UPLOAD = { vaultName: "photos", uploadId: "no-such-upload" };
const NO_ARCHIVE = { vaultName: "photos", archiveId: "A".repeat(138) };
const INVENTORY = { vaultName: "photos", jobParameters: { Type: "inventory-retrieval" } };
const PHOTOS = { vaultName: "photos" };

/** What every operation that reads answers for an empty vault with nothing set. */
const READS: readonly [string, object, string][] = [
  ["list_vaults", {}, "200"],
  ["describe_vault", PHOTOS, "200"],
  ["list_tags_for_vault", PHOTOS, "200"],
  ["list_jobs", PHOTOS, "200"],
  ["list_multipart_uploads", PHOTOS, "200"],
  ["get_data_retrieval_policy", {}, "200"],
  ["list_provisioned_capacity", {}, "200"],
  ["initiate_job", INVENTORY, "202"],
  ["get_vault_access_policy", PHOTOS, "404"],
  ["get_vault_lock", PHOTOS, "404"],
  ["get_vault_notifications", PHOTOS, "404"],
  ["describe_job", NO_JOB, "404"],
  ["get_job_output", NO_JOB, "404"],
  ["list_parts", NO_UPLOAD, "404"],
];

const EMPTY_POLICY = JSON.stringify({ Version: "2012-10-17", Statement: [] });
const NONE_RULE = { Policy: { Rules: [{ Strategy: "None" }] } };
const NOTIFICATIONS = { SNSTopic: `arn:aws:sns:us-east-1:${OWNER}:t`, Events: [] };
const PART = { ...NO_UPLOAD, range: "bytes 0-2/*", body: "abc" };
const COMPLETION = { ...NO_UPLOAD, archiveSize: "3", checksum: "0".repeat(64) };

/** Every operation that writes, with the action and the resource that its refusal names. */
const WRITES: readonly [string, object, string, string?][] = [
  ["create_vault", PHOTOS, "CreateVault"],
  ["delete_vault", PHOTOS, "DeleteVault"],
  ["upload_archive", { ...PHOTOS, body: "abc" }, "UploadArchive"],
  ["delete_archive", NO_ARCHIVE, "DeleteArchive"],
  ["add_tags_to_vault", { ...PHOTOS, Tags: { a: "b" } }, "AddTagsToVault"],
  ["remove_tags_from_vault", { ...PHOTOS, TagKeys: ["a"] }, "RemoveTagsFromVault"],
  [
    "set_vault_notifications",
    { ...PHOTOS, vaultNotificationConfig: NOTIFICATIONS },
    "SetVaultNotifications",
  ],
  ["delete_vault_notifications", PHOTOS, "DeleteVaultNotifications"],
  [
    "set_vault_access_policy",
    { ...PHOTOS, policy: { Policy: EMPTY_POLICY } },
    "SetVaultAccessPolicy",
  ],
  ["delete_vault_access_policy", PHOTOS, "DeleteVaultAccessPolicy"],
  ["initiate_vault_lock", { ...PHOTOS, policy: { Policy: EMPTY_POLICY } }, "InitiateVaultLock"],
  ["abort_vault_lock", PHOTOS, "AbortVaultLock"],
  ["complete_vault_lock", { ...PHOTOS, lockId: "x" }, "CompleteVaultLock"],
  ["initiate_multipart_upload", { ...PHOTOS, partSize: "1048576" }, "InitiateMultipartUpload"],
  ["upload_multipart_part", PART, "UploadMultipartPart"],
  ["complete_multipart_upload", COMPLETION, "CompleteMultipartUpload"],
  ["abort_multipart_upload", NO_UPLOAD, "AbortMultipartUpload"],
  [
    "set_data_retrieval_policy",
    NONE_RULE,
    "SetDataRetrievalPolicy",
    "policies/retrieval-limit-policy",
  ],
  ["purchase_provisioned_capacity", {}, "PurchaseProvisionedCapacity", "provisioned-capacity"],
];

describe("policies of users", () => {
  let world: ServiceWorld;
  let root: Somebody;

  const setAccess = (vaultName: string, ...statements: readonly object[]) =>
    root.result("set_vault_access_policy", {
      vaultName,
      policy: { Policy: formatPolicy(...statements) },
    });

  before(async () => {
    world = await openServiceWorld();
    root = world.root;
    await root.result("create_vault", PHOTOS);
  });
  after(async () => {
    await world?.close();
  });

  it("let a read-only user read everything and refuse each write by user, action and vault", async () => {
    const reader = await world.makeUser("reader", {
      Effect: "Allow",
      Action: ["glacier:Describe*", "glacier:List*", "glacier:Get*", "glacier:InitiateJob"],
      Resource: "*",
    });
    for (const [operation, parameters, status] of READS) {
      const outcome = await reader.outcome(operation, { ...parameters });
      assert.equal(outcome.split(" ")[0], status, `${operation}: ${outcome}`);
    }
    for (const [operation, parameters, action, resource] of WRITES) {
      const outcome = await reader.outcome(operation, { ...parameters });
      assert.equal(
        outcome,
        formatRefusal(reader.arn, action, resource ?? "vaults/photos"),
        operation,
      );
    }
    assert.equal(READS.length + WRITES.length, 33, "every operation is tried");
    const vault = ["--account-id", "-", "--vault-name", "photos"];
    const read = await world.aws(reader.credentials, "describe-vault", ...vault);
    assert.equal(JSON.parse(read.stdout).VaultName, "photos");
    const refused = await world.aws(reader.credentials, "delete-vault", ...vault);
    assert.deepEqual([refused.code, refused.stdout], [254, ""]);
    assert.equal(
      refused.stderr.trim().replace(" (reached max retries: 0)", ""),
      "An error occurred (AccessDeniedException) when calling the DeleteVault operation: " +
        formatRefusal(reader.arn, "DeleteVault", "vaults/photos").replace(/^.*?: /, ""),
    );
  });

  it("keep a user to the vaults that the resource names", async () => {
    await root.result("create_vault", { vaultName: "alpha-1" });
    await root.result("create_vault", { vaultName: "beta" });
    const user = await world.makeUser("alpha", { ...ALL, Resource: `${ARN_PREFIX}vaults/alpha*` });
    for (const operation of ["describe_vault", "list_tags_for_vault", "list_jobs"]) {
      assert.equal(await user.outcome(operation, { vaultName: "alpha-1" }), "200", operation);
    }
    assert.equal(await user.outcome("create_vault", { vaultName: "alpha-2" }), "201");
    assert.equal(await user.outcome("delete_vault", { vaultName: "alpha-2" }), "204");
    const upload = { body: "abc" };
    assert.equal(await user.outcome("upload_archive", { vaultName: "alpha-1", ...upload }), "201");
    assert.equal(
      await user.outcome("upload_archive", { vaultName: "beta", ...upload }),
      formatRefusal(user.arn, "UploadArchive", "vaults/beta"),
    );
    assert.equal(
      await user.outcome("create_vault", { vaultName: "beta-2" }),
      formatRefusal(user.arn, "CreateVault", "vaults/beta-2"),
    );
    assert.match(await user.outcome("list_vaults"), /^403 AccessDeniedException: .*ListVaults/);
    const elsewhere = world.boto3.client(() => ({
      ...{ endpoint: world.server().apiUrl, credentials: user.credentials, region: "eu-west-1" },
    }));
    assert.match(
      await elsewhere.outcome("create_vault", { vaultName: "alpha-1" }),
      /^403 AccessDeniedException: .*arn:aws:glacier:eu-west-1:111122223333:vaults\/alpha-1$/,
    );
  });

  it("keep each user to the vaults that bear the user's name, by a variable", async () => {
    const dave = await world.makeUser("dave", {
      ...ALL,
      Resource: `${ARN_PREFIX}vaults/home-\${aws:username}-*`,
    });
    assert.equal(await dave.outcome("create_vault", { vaultName: "home-dave-1" }), "201");
    assert.equal(
      await dave.outcome("create_vault", { vaultName: "home-eve-1" }),
      formatRefusal(dave.arn, "CreateVault", "vaults/home-eve-1"),
    );
  });

  it("let an uploader upload, and nothing else", async () => {
    const uploader = await world.makeUser("uploader", { ...ALL, Action: "glacier:UploadArchive" });
    const { archiveId } = await uploader.result("upload_archive", { ...PHOTOS, body: "abc" });
    assert.match(archiveId, /^[\w-]{138}$/);
    for (const [operation, parameters, action] of [
      ["delete_archive", { ...PHOTOS, archiveId }, "DeleteArchive"],
      ["initiate_multipart_upload", { ...PHOTOS, partSize: "1048576" }, "InitiateMultipartUpload"],
      ["describe_vault", PHOTOS, "DescribeVault"],
      ["initiate_job", INVENTORY, "InitiateJob"],
    ] as const) {
      const outcome = await uploader.outcome(operation, parameters);
      assert.equal(outcome, formatRefusal(uploader.arn, action, "vaults/photos"), operation);
    }
    await root.result("delete_archive", { ...PHOTOS, archiveId });
  });

  it("refuse a user without policies everything but to ask who they are", async () => {
    const nobody = await world.makeUser("nobody");
    for (const [operation, parameters] of [...READS, ...WRITES]) {
      const outcome = await nobody.outcome(operation, { ...parameters });
      assert.match(outcome, /^403 AccessDeniedException: User: \S*user\/nobody /, operation);
    }
    const { Arn } = await world.clientOf(nobody.credentials, "sts").result("get_caller_identity");
    assert.equal(Arn, nobody.arn);
  });

  it("hold from the next call on, with a Deny above every Allow", async () => {
    const user = await world.makeUser("changing");
    const describe = () => user.outcome("describe_vault", PHOTOS);
    const refusal = formatRefusal(user.arn, "DescribeVault", "vaults/photos");
    for (let round = 0; round < 10; round += 1) {
      assert.equal(await describe(), refusal);
      await world.putUserPolicy("changing", ALL);
      assert.equal(await describe(), "200");
      await world.putUserPolicy("changing", ALL, {
        ...ALL,
        Effect: "Deny",
        Action: "glacier:Describe*",
      });
      assert.equal(await describe(), refusal);
      assert.equal(await user.outcome("list_jobs", PHOTOS), "200");
      await world
        .clientOf(root.credentials, "iam")
        .result("delete_user_policy", { UserName: "changing", PolicyName: "only" });
    }
    await setAccess("photos", {
      ...{ Effect: "Allow", Principal: { AWS: user.arn }, Action: "glacier:DescribeVault" },
      Resource: `${ARN_PREFIX}vaults/photos`,
    });
    assert.equal(await describe(), "200", "the vault's policy alone suffices in its account");
    await root.result("delete_vault_access_policy", PHOTOS);
    assert.equal(await describe(), refusal);
  });

  it("are explained to the operator, for what is allowed and for what is denied", async () => {
    await root.result("create_vault", { vaultName: "asked" });
    await setAccess("asked", {
      ...{ Sid: "keep", Effect: "Deny", Principal: "*", Action: "glacier:DeleteArchive" },
      Resource: `${ARN_PREFIX}vaults/asked`,
      Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
    });
    const principal = await world.makeUser("asker", ALL);
    const question = ["policy", "explain", "--principal", principal.arn, "--vault", "asked"];
    const deletion = ["--action", "glacier:DeleteArchive", "--archive-age"];
    const facts =
      `  principal  ${principal.arn}\n` +
      `  action     glacier:DeleteArchive\n` +
      `  resource   ${ARN_PREFIX}vaults/asked\n` +
      "statements\n";
    const denied = await world.moraine(...question, ...deletion, "364");
    assert.equal(denied.code, 0, denied.stderr);
    assert.equal(
      denied.stdout,
      `denied: a Deny in the vault access policy, statement 0 ("keep")\n${facts}` +
        '  applies         Allow in policy "only" of the user, statement 0\n' +
        '  applies         Deny in the vault access policy, statement 0 ("keep")\n',
    );
    const allowed = await world.moraine(...question, ...deletion, "365");
    assert.equal(allowed.code, 0, allowed.stderr);
    assert.equal(
      allowed.stdout,
      `allowed: an Allow in policy "only" of the user, statement 0\n${facts}` +
        '  applies         Allow in policy "only" of the user, statement 0\n' +
        '  does not apply  Deny in the vault access policy, statement 0 ("keep"): ' +
        "Condition.NumericLessThan.glacier:ArchiveAgeInDays does not fit\n",
    );
  });
});
