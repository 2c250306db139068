/** Vault locks with boto3 and the AWS command line: what they refuse, and that nothing opens a locked one. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Boto3Client, startBoto3 } from "../support/boto3-caller.ts";
import { makeFolder } from "../support/external-command.ts";
import {
  ARN_PREFIX,
  formatPolicy,
  formatRefusal,
  openServiceWorld,
  type ServiceWorld,
  type Somebody,
} from "../support/service-world.ts";

const DAY_MS = 86_400_000;
const LOCKED =
  "403 AccessDeniedException: The vault is locked; its vault lock policy can be neither changed nor removed.";
const BUSY =
  "403 AccessDeniedException: A vault lock is in progress already; abort or complete it before initiating another.";
const INVALID = "The specified vault lock policy is invalid. Provide a valid policy.";

const arnOf = (vaultName: string) => `${ARN_PREFIX}vaults/${vaultName}`;

/** A Deny for everybody, of DeleteArchive unless `elements` name another action. */
function makeDeny(vaultName: string, elements: object = {}) {
  const common = { Effect: "Deny", Principal: "*", Action: "glacier:DeleteArchive" };
  return { ...common, Resource: arnOf(vaultName), ...elements };
}

/** The condition that an archive is younger than so many days. */
const youngerThan = (days: string) => ({
  Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": days } },
});
const UNDER_HOLD = { Condition: { StringLike: { "glacier:ResourceTag/LegalHold": ["true", ""] } } };

describe("vault lock", () => {
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let world: ServiceWorld;
  let root: Somebody;

  /** Makes a vault with one archive; resolves with what names the two. */
  const makeVault = async (vaultName: string) => {
    await root.result("create_vault", { vaultName });
    const uploaded = await root.result("upload_archive", { vaultName, body: "abc" });
    return { vault: { vaultName }, archive: { vaultName, archiveId: uploaded.archiveId } };
  };
  const initiate = async (vaultName: string, policy: string): Promise<string> => {
    const parameters = { vaultName, policy: { Policy: policy } };
    return (await root.result("initiate_vault_lock", parameters)).lockId;
  };
  const refuse = async (client: Boto3Client, operation: string, parameters: object) => {
    const { vaultName } = parameters as { vaultName: string };
    const action = operation.replaceAll(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase());
    const outcome = await client.outcome(operation, { ...parameters });
    assert.equal(outcome, formatRefusal(root.arn, action, `vaults/${vaultName}`));
  };

  before(async () => {
    folder = await makeFolder();
    world = await openServiceWorld({ dataDir: folder.path });
    root = world.root;
  });
  after(async () => {
    await world?.close();
    await folder?.remove();
  });

  it("goes from initiation over abortion to completion with the command line", async () => {
    await makeVault("cli");
    const aws = async (command: string, ...args: readonly string[]) => {
      const place = ["--account-id", "-", "--vault-name", "cli"];
      const result = await world.aws(root.credentials, command, ...place, ...args);
      assert.match(result.stderr, result.code === 0 ? /^$/ : /An error occurred/);
      return result.code === 0 ? JSON.parse(result.stdout || "null") : result;
    };
    const text = `${formatPolicy(makeDeny("cli"))}\n `.replace("Deny", "\\u0044eny");
    const given = ["--policy", JSON.stringify({ Policy: text })];
    const none = await aws("get-vault-lock");
    assert.equal(none.code, 254);
    assert.match(
      none.stderr,
      /\(ResourceNotFoundException\).*No vault lock policy is set for: cli/,
    );
    const first = await aws("initiate-vault-lock", ...given);
    assert.match(first.lockId, /^\w[\w-]{23}$/);
    assert.equal(await aws("abort-vault-lock"), null);
    const { lockId } = await aws("initiate-vault-lock", ...given);
    assert.notEqual(lockId, first.lockId);
    const dead = await aws("complete-vault-lock", "--lock-id", first.lockId);
    assert.match(dead.stderr, /\(InvalidParameterValueException\)/);
    assert.equal(await aws("complete-vault-lock", "--lock-id", lockId), null);
    const { CreationDate, ...locked } = await aws("get-vault-lock");
    assert.deepEqual(locked, { Policy: text, State: "Locked" });
    assert.match(CreationDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const refused = await aws("abort-vault-lock");
    assert.equal(refused.code, 254);
    assert.match(refused.stderr, /\(AccessDeniedException\).*The vault is locked/);
  });

  it("shows its policy as it was sent, and a window of 24 hours", async () => {
    const { vault } = await makeVault("shown");
    const text =
      ' {"Statement" :\r\n[{"Sid":"\\u00e9 é \\ud83d\\ude00","Effect":"Deny","Principal":"*",\t' +
      `"Action":"glacier:DeleteArchive","Resource":"${arnOf("shown")}"}],"Version":"2012-10-17"}\n`;
    const lockId = await initiate("shown", text);
    const { CreationDate, ExpirationDate, ...rest } = await root.result("get_vault_lock", vault);
    assert.deepEqual(rest, { Policy: text, State: "InProgress" });
    assert.equal(Date.parse(ExpirationDate) - Date.parse(CreationDate), DAY_MS);
    assert.ok(Math.abs(Date.parse(CreationDate) - Date.now()) < 60_000, CreationDate);
    assert.equal(await root.outcome("complete_vault_lock", { ...vault, lockId }), "204");
    const locked = await root.result("get_vault_lock", vault);
    assert.deepEqual(locked, { Policy: text, State: "Locked", CreationDate });
  });

  it("is one at a time, named by its id, and may be completed again", async () => {
    const { vault } = await makeVault("single");
    const policy = formatPolicy(makeDeny("single"));
    const absent = "404 ResourceNotFoundException: No vault lock policy is set for: single";
    const complete = (lockId: string) => root.outcome("complete_vault_lock", { ...vault, lockId });
    const again = { ...vault, policy: { Policy: policy } };
    assert.equal(await root.outcome("get_vault_lock", vault), absent);
    assert.equal(await complete("A".repeat(24)), absent);
    assert.equal(await root.outcome("abort_vault_lock", vault), "204");
    const dead = await initiate("single", policy);
    assert.equal(await root.outcome("initiate_vault_lock", again), BUSY);
    assert.equal(await root.outcome("abort_vault_lock", vault), "204");
    assert.equal(await root.outcome("abort_vault_lock", vault), "204");
    assert.equal(await root.outcome("get_vault_lock", vault), absent);
    assert.equal(await complete(dead), absent);
    const lockId = await initiate("single", policy);
    for (const wrong of [dead, "A".repeat(24), "x"]) {
      assert.match(await complete(wrong), /^400 InvalidParameterValueException: /, wrong);
    }
    assert.equal((await root.result("get_vault_lock", vault)).State, "InProgress");
    assert.deepEqual([await complete(lockId), await complete(lockId)], ["204", "204"]);
    assert.equal(await complete(dead), LOCKED);
    assert.equal(await root.outcome("initiate_vault_lock", again), LOCKED);
  });

  it("takes only a policy that can hold", async () => {
    const { vault } = await makeVault("strict");
    const deny = makeDeny("strict");
    for (const text of [
      "",
      "{",
      "{}",
      formatPolicy({ ...deny, Principal: undefined }),
      formatPolicy({ ...deny, Resource: arnOf("other") }),
      formatPolicy({ ...deny, Action: "s3:*" }),
      formatPolicy({
        ...deny,
        Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "x" } },
      }),
    ]) {
      const outcome = await root.outcome("initiate_vault_lock", {
        ...vault,
        policy: { Policy: text },
      });
      assert.ok(
        outcome.startsWith(`400 InvalidParameterValueException: ${INVALID}`),
        outcome + text,
      );
    }
    assert.match(
      await root.outcome("initiate_vault_lock", {
        ...vault,
        policy: { Policy: formatPolicy(deny).padEnd(20_481) },
      }),
      /^400 InvalidParameterValueException: /,
    );
    assert.match(await root.outcome("initiate_vault_lock", vault), /^400 MissingParameterV/);
    assert.match(await root.outcome("get_vault_lock", vault), /^404 /);
    await initiate("strict", formatPolicy(deny).padEnd(20_480));
  });

  it("keeps young archives from the moment it is in progress until it is aborted", async () => {
    const { vault, archive } = await makeVault("young");
    await initiate("young", formatPolicy(makeDeny("young", youngerThan("365"))));
    await refuse(root, "delete_archive", archive);
    const inventory = { ...vault, jobParameters: { Type: "inventory-retrieval" } };
    assert.equal(await root.outcome("initiate_job", inventory), "202");
    await root.result("abort_vault_lock", vault);
    await initiate("young", formatPolicy(makeDeny("young", youngerThan("1"))));
    await refuse(root, "delete_archive", archive);
    await root.result("abort_vault_lock", vault);
    await initiate("young", formatPolicy(makeDeny("young", youngerThan("0"))));
    assert.equal(await root.outcome("delete_archive", archive), "204", "of age 0, not below 0");
  });

  it("applies the age of an archive to its retrieval, not to an inventory", async () => {
    const { vault, archive } = await makeVault("reading");
    const deny = makeDeny("reading", { Action: "glacier:InitiateJob", ...youngerThan("2") });
    await initiate("reading", formatPolicy(deny));
    const jobParameters = { Type: "archive-retrieval", ArchiveId: archive.archiveId };
    await refuse(root, "initiate_job", { ...vault, jobParameters });
    const inventory = { ...vault, jobParameters: { Type: "inventory-retrieval" } };
    assert.equal(await root.outcome("initiate_job", inventory), "202");
  });

  it("holds archives as long as the vault bears the tag of a legal hold", async () => {
    const { vault, archive } = await makeVault("held");
    const lockId = await initiate("held", formatPolicy(makeDeny("held", UNDER_HOLD)));
    const upload = async () => {
      const { archiveId } = await root.result("upload_archive", { ...vault, body: "abc" });
      return { ...vault, archiveId };
    };
    assert.equal(await root.outcome("delete_archive", await upload()), "204", "without the tag");
    for (const held of ["true", ""]) {
      await root.result("add_tags_to_vault", { ...vault, Tags: { LegalHold: held } });
      await refuse(root, "delete_archive", archive);
      await root.result("add_tags_to_vault", { ...vault, Tags: { LegalHold: "false" } });
      assert.equal(await root.outcome("delete_archive", await upload()), "204", "not held");
    }
    await root.result("complete_vault_lock", { ...vault, lockId });
    await root.result("add_tags_to_vault", { ...vault, Tags: { LegalHold: "true" } });
    await refuse(root, "delete_archive", archive);
    await root.result("remove_tags_from_vault", { ...vault, TagKeys: ["LegalHold"] });
    assert.equal(await root.outcome("delete_archive", archive), "204", "without the tag again");
  });

  it("is not deceived by a tag that differs from the held one in case only", async () => {
    const { vault, archive } = await makeVault("spelled");
    await initiate("spelled", formatPolicy(makeDeny("spelled", UNDER_HOLD)));
    await root.result("add_tags_to_vault", { ...vault, Tags: { LegalHold: "true" } });
    for (const key of ["legalhold", "LEGALHOLD", "legalHold"]) {
      await root.result("add_tags_to_vault", { ...vault, Tags: { [key]: "false" } });
      await refuse(root, "delete_archive", archive);
    }
  });

  it("ends with an empty vault, unless it denies that the vault is deleted", async () => {
    const lock = async (vaultName: string, Action: string) => {
      await root.result("create_vault", { vaultName });
      const lockId = await initiate(vaultName, formatPolicy(makeDeny(vaultName, { Action })));
      await root.result("complete_vault_lock", { vaultName, lockId });
      return lockId;
    };
    await lock("kept", "glacier:DeleteVault");
    await refuse(root, "delete_vault", { vaultName: "kept" });
    const lockId = await lock("ended", "glacier:DeleteArchive");
    const vault = { vaultName: "ended" };
    assert.equal(await root.outcome("delete_vault", vault), "204");
    assert.equal(await root.outcome("create_vault", vault), "201");
    assert.match(await root.outcome("get_vault_lock", vault), /^404 /);
    assert.match(await root.outcome("complete_vault_lock", { ...vault, lockId }), /^404 /);
  });

  it("is either completed or aborted when both are asked for at once", async () => {
    const second = await startBoto3();
    try {
      const rival = world.clientOf(root.credentials, "glacier", second);
      const outcomes = new Set<string>();
      for (let round = 0; round < 30; round += 1) {
        const vault = { vaultName: `race-${round}` };
        await root.result("create_vault", vault);
        const lockId = await initiate(vault.vaultName, formatPolicy(makeDeny(vault.vaultName)));
        const [completed, aborted] = await Promise.all([
          root.outcome("complete_vault_lock", { ...vault, lockId }),
          rival.outcome("abort_vault_lock", vault),
        ]);
        const seen = await root.outcome("get_vault_lock", vault);
        outcomes.add([completed, aborted, seen].map((text) => text.slice(0, 3)).join(" "));
      }
      for (const outcome of outcomes) {
        assert.ok(["204 403 200", "404 204 404"].includes(outcome), outcome);
      }
    } finally {
      await second.close();
    }
  });

  it("in progress outlives a crash with its id, its policy and its force", async () => {
    const { vault, archive } = await makeVault("crash");
    const lockId = await initiate("crash", formatPolicy(makeDeny("crash")));
    const known = await root.result("get_vault_lock", vault);
    await world.restart("SIGKILL");
    assert.deepEqual(await root.result("get_vault_lock", vault), known);
    await refuse(root, "delete_archive", archive);
    await root.result("complete_vault_lock", { ...vault, lockId });
    await world.restart("SIGKILL");
    assert.equal((await root.result("get_vault_lock", vault)).State, "Locked");
    await refuse(root, "delete_archive", archive);
  });

  it("that is locked withstands root and every user, over a restart and a crash", async () => {
    const { vault, archive } = await makeVault("fort");
    await root.result("add_tags_to_vault", { ...vault, Tags: { LegalHold: "true", free: "1" } });
    const policy = formatPolicy(
      makeDeny("fort", youngerThan("365")),
      makeDeny("fort", {
        Action: ["glacier:RemoveTagsFromVault", "glacier:AddTagsToVault"],
        ...UNDER_HOLD,
      }),
    );
    const lockId = await initiate("fort", policy);
    await root.result("complete_vault_lock", { ...vault, lockId });
    const known = await root.result("get_vault_lock", vault);
    const everything = { Effect: "Allow", Action: "glacier:*", Resource: "*" };
    const opened = formatPolicy({ ...everything, Principal: "*", Resource: arnOf("fort") });
    const admin = await world.makeUser("admin", everything);
    const iam = world.clientOf(root.credentials, "iam");
    const { AccessKey: key } = await iam.result("create_access_key");
    const otherRoot = world.clientOf({
      accessKeyId: key.AccessKeyId,
      secretAccessKey: key.SecretAccessKey,
    });

    const attack = async (label: string) => {
      assert.equal(await root.outcome("abort_vault_lock", vault), LOCKED, label);
      const replacement = { ...vault, policy: { Policy: opened } };
      assert.equal(await root.outcome("initiate_vault_lock", replacement), LOCKED, label);
      const other = { ...vault, lockId: "A".repeat(24) };
      assert.equal(await root.outcome("complete_vault_lock", other), LOCKED, label);
      assert.equal(await root.outcome("complete_vault_lock", { ...vault, lockId }), "204", label);
      assert.equal(await root.outcome("set_vault_access_policy", replacement), "204", label);
      for (const client of [root, otherRoot]) {
        await refuse(client, "delete_archive", archive);
        await refuse(client, "remove_tags_from_vault", { ...vault, TagKeys: ["LegalHold"] });
        await refuse(client, "add_tags_to_vault", { ...vault, Tags: { LegalHold: "false" } });
      }
      assert.equal(
        await admin.outcome("delete_archive", archive),
        formatRefusal(admin.arn, "DeleteArchive", "vaults/fort"),
        label,
      );
      assert.equal(await admin.outcome("abort_vault_lock", vault), LOCKED, label);
      assert.equal(
        await root.outcome("delete_vault", vault),
        `400 InvalidParameterValueException: Vault not empty or recently written to: ${arnOf("fort")}`,
        label,
      );
      assert.equal(await root.outcome("create_vault", vault), "201", label);
      await root.result("delete_vault_access_policy", vault);
      await refuse(root, "delete_archive", archive);
      assert.deepEqual(await root.result("get_vault_lock", vault), known, label);
      const { Tags } = await root.result("list_tags_for_vault", vault);
      assert.deepEqual(Tags, { LegalHold: "true", free: "1" }, label);
      assert.equal((await root.result("describe_vault", vault)).NumberOfArchives, 1, label);
    };

    await attack("at first");
    await world.restart("SIGTERM");
    await attack("after a restart");
    await world.restart("SIGKILL");
    await attack("after a crash");
    const jobParameters = { Type: "archive-retrieval", ArchiveId: archive.archiveId };
    const { jobId } = await root.result("initiate_job", { ...vault, jobParameters });
    const deadline = Date.now() + 30_000;
    const job = { ...vault, jobId };
    while (!(await root.result("describe_job", job)).Completed && Date.now() < deadline) {}
    assert.equal((await root.result("get_job_output", job)).body, "abc");
  });
});
