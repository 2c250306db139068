/** Users, keys, policies and accounts with the AWS command line and boto3 against a started server. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  awsEnvironment,
  findProgram,
  makeFolder,
  runCommand,
} from "../support/external-command.ts";
import {
  type RootCredentials,
  type ServerProcess,
  startServer,
} from "../support/server-process.ts";

const ROOT_ARN = "arn:aws:iam::111122223333:root";
const POLICY = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "glacier:*", Resource: "*" }],
};
const repository = join(import.meta.dirname, "../..");

type Credentials = Pick<RootCredentials, "accessKeyId" | "secretAccessKey">;

describe("identities", () => {
  let server: ServerProcess;
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let program: string;
  let python: string;

  const environment = (credentials: Credentials) =>
    awsEnvironment({ accountId: "", ...credentials });

  const attempt = (args: readonly string[], credentials: Credentials = server.credentials) =>
    runCommand(program, [...args, "--endpoint-url", server.apiUrl, "--output", "json"], {
      env: environment(credentials),
      cwd: folder.path,
    });

  /** Runs a command; resolves with what it printed as JSON. */
  const aws = async (args: readonly string[], credentials?: Credentials) => {
    const result = await attempt(args, credentials);
    assert.equal(result.code, 0, `aws ${args.join(" ")}: ${result.stderr}`);
    return result.stdout.trim() === "" ? undefined : JSON.parse(result.stdout);
  };
  const iam = (command: string, ...args: readonly string[]) => aws(["iam", command, ...args]);

  const refused = async (pattern: RegExp, args: readonly string[], credentials?: Credentials) => {
    const result = await attempt(args, credentials);
    assert.match(result.stderr, pattern);
    assert.notEqual(result.code, 0);
  };

  const createKey = async (...args: readonly string[]): Promise<Credentials> => {
    const { AccessKey: key } = await iam("create-access-key", ...args);
    return { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  };

  const moraine = (words: readonly string[], env: Readonly<Record<string, string>>) =>
    runCommand(process.execPath, [join(repository, "bin/moraine.mjs"), ...words], { env });

  const start = () => startServer({ dataDir: join(folder.path, "data") });

  before(async () => {
    program = await findProgram(["/usr/bin/aws", "aws"], {
      probe: ["--version"],
      expected: /^aws-cli\/2/,
      advice: "the AWS CLI version 2 is needed: apt-get install awscli",
    });
    python = await findProgram(["/usr/bin/python3", "python3"], {
      probe: ["-c", "import boto3; print('boto3', boto3.__version__)"],
      expected: /^boto3 /,
      advice: "Python with boto3 is needed: apt-get install python3-boto3",
    });
    folder = await makeFolder();
    server = await start();
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  it("manage a user from its creation to its end", async () => {
    const created = await iam("create-user", "--user-name", "life", "--path", "/ops/");
    assert.equal(created.User.Arn, "arn:aws:iam::111122223333:user/ops/life");
    assert.deepEqual((await iam("get-user", "--user-name", "life")).User, created.User);
    const listed = await iam("list-users", "--path-prefix", "/ops/");
    assert.deepEqual(listed.Users, [created.User]);
    await refused(/\(EntityAlreadyExists\).*User with name life already exists\./, [
      ...["iam", "create-user", "--user-name", "life"],
    ]);

    const key = await createKey("--user-name", "life");
    const keys = await iam("list-access-keys", "--user-name", "life");
    assert.equal(keys.AccessKeyMetadata.length, 1);
    assert.equal(keys.AccessKeyMetadata[0].AccessKeyId, key.accessKeyId);
    assert.equal(keys.AccessKeyMetadata[0].UserName, "life");

    const named = ["--user-name", "life", "--policy-name", "all"];
    await iam("put-user-policy", ...named, "--policy-document", JSON.stringify(POLICY));
    const read = await iam("get-user-policy", ...named);
    assert.deepEqual(read, { UserName: "life", PolicyName: "all", PolicyDocument: POLICY });
    const names = await iam("list-user-policies", "--user-name", "life");
    assert.deepEqual(names, { PolicyNames: ["all"] });
    await refused(/\(MalformedPolicyDocument\)/, [
      ...["iam", "put-user-policy", ...named, "--policy-document", '{"Statement": 1}'],
    ]);

    const gone = ["iam", "delete-user", "--user-name", "life"];
    await refused(/\(DeleteConflict\).*must remove access keys first/, gone);
    const ofKey = ["--user-name", "life", "--access-key-id", key.accessKeyId];
    await iam("update-access-key", ...ofKey, "--status", "Inactive");
    await iam("delete-access-key", ...ofKey);
    await refused(/\(DeleteConflict\).*must delete policies first/, gone);
    await iam("delete-user-policy", ...named);
    await aws(gone);
    await refused(/\(NoSuchEntity\).*The user with name life cannot be found\./, gone);
  });

  it("tell callers who they are", async () => {
    const root = await aws(["sts", "get-caller-identity"]);
    assert.deepEqual(root, { UserId: "111122223333", Account: "111122223333", Arn: ROOT_ARN });
    const { User: user } = await iam("create-user", "--user-name", "caller");
    const caller = await createKey("--user-name", "caller");
    assert.deepEqual(await aws(["sts", "get-caller-identity"], caller), {
      UserId: user.UserId,
      Account: "111122223333",
      Arn: "arn:aws:iam::111122223333:user/caller",
    });
  });

  it("refuse a deactivated and a deleted key at the next request", async () => {
    await iam("create-user", "--user-name", "switched");
    const key = await createKey("--user-name", "switched");
    const identify = ["sts", "get-caller-identity"];
    const ofKey = ["--user-name", "switched", "--access-key-id", key.accessKeyId];
    const glacier = ["glacier", "list-vaults", "--account-id", "-"];
    const named = ["--user-name", "switched", "--policy-name", "all"];
    await iam("put-user-policy", ...named, "--policy-document", JSON.stringify(POLICY));
    await aws(identify, key);
    await aws(glacier, key);
    await iam("update-access-key", ...ofKey, "--status", "Inactive");
    await refused(/\(InvalidClientTokenId\)/, identify, key);
    await refused(/\(UnrecognizedClientException\)/, glacier, key);
    await iam("update-access-key", ...ofKey, "--status", "Active");
    await aws(identify, key);
    await iam("delete-access-key", ...ofKey);
    await refused(/\(InvalidClientTokenId\)/, identify, key);
    await refused(/\(UnrecognizedClientException\)/, glacier, key);
  });

  it("are paged by boto3 like those of AWS", async () => {
    const script = `
import boto3, json, sys
iam = boto3.client("iam", endpoint_url=sys.argv[1])
sts = boto3.client("sts", endpoint_url=sys.argv[1])
names = [f"page-{n}" for n in range(5)]
for name in names:
    iam.create_user(UserName=name, Path="/pages/")
pages = list(iam.get_paginator("list_users").paginate(
    PathPrefix="/pages/", PaginationConfig={"PageSize": 2}))
policy = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Deny", "Action": "*", "Resource": "*", "Sid": "a"}]}
iam.put_user_policy(UserName=names[0], PolicyName="p", PolicyDocument=json.dumps(policy, indent=2))
document = iam.get_user_policy(UserName=names[0], PolicyName="p")["PolicyDocument"]
try:
    iam.get_user(UserName="nobody")
except iam.exceptions.NoSuchEntityException as error:
    missing = error.response["Error"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
created = iam.get_user(UserName=names[0])
json.dump({
    "pages": [[user["UserName"] for user in page["Users"]] for page in pages],
    "same": document == policy, "missing": missing, "status": status,
    "requestId": created["ResponseMetadata"]["RequestId"],
    "age": abs((created["User"]["CreateDate"].timestamp()) - __import__("time").time()),
    "account": sts.get_caller_identity()["Account"],
}, sys.stdout)
`;
    const result = await runCommand(python, ["-c", script, server.apiUrl], {
      env: environment(server.credentials),
    });
    assert.equal(result.code, 0, result.stderr);
    const report = JSON.parse(result.stdout);
    assert.deepEqual(report.pages, [["page-0", "page-1"], ["page-2", "page-3"], ["page-4"]]);
    assert.equal(report.same, true);
    assert.deepEqual(report.missing, {
      Type: "Sender",
      Code: "NoSuchEntity",
      Message: "The user with name nobody cannot be found.",
    });
    assert.equal(report.status, 404);
    assert.match(report.requestId, /^[0-9a-f-]{36}$/);
    assert.ok(report.age < 60, `created ${report.age} s ago`);
    assert.equal(report.account, "111122223333");
  });

  it("include further accounts, each with its own vaults and users", async () => {
    const admin = ["--admin-url", server.consoleUrl];
    const env = environment(server.credentials);
    const made = await moraine(
      ["account", "create", "--account-id", "222233334444", ...admin],
      env,
    );
    assert.equal(made.code, 0, made.stderr);
    const created = JSON.parse(made.stdout);
    assert.equal(created.AccountId, "222233334444");
    const other = { accessKeyId: created.AccessKeyId, secretAccessKey: created.SecretAccessKey };

    const again = await moraine(
      ["account", "create", "--account-id", "222233334444", ...admin],
      env,
    );
    assert.equal(again.code, 1);
    assert.match(again.stderr, /EntityAlreadyExists: The account 222233334444 already exists\./);

    const identity = await aws(["sts", "get-caller-identity"], other);
    assert.equal(identity.Arn, "arn:aws:iam::222233334444:root");
    const vault = ["--account-id", "-", "--vault-name", "mine"];
    await aws(["glacier", "create-vault", ...vault], other);
    await refused(/\(ResourceNotFoundException\)/, ["glacier", "describe-vault", ...vault]);
    const described = await aws(["glacier", "describe-vault", ...vault], other);
    assert.match(described.VaultARN, /:222233334444:vaults\/mine$/);
    await refused(
      /\(AccessDeniedException\)/,
      ["glacier", "list-vaults", "--account-id", "111122223333"],
      other,
    );
    assert.deepEqual((await aws(["iam", "list-users"], other)).Users, []);

    const random = await moraine(["account", "create", ...admin], env);
    const list = await moraine(["account", "list", ...admin], env);
    assert.equal(list.code, 0, list.stderr);
    const ids = JSON.parse(list.stdout).Accounts.map((it: { AccountId: string }) => it.AccountId);
    const expected = ["111122223333", "222233334444", JSON.parse(random.stdout).AccountId];
    assert.deepEqual(ids, expected.toSorted());

    const foreign = await moraine(["account", "list", ...admin], environment(other));
    assert.equal(foreign.code, 1);
    assert.match(foreign.stderr, /AccessDeniedException/);
  });

  it("outlive a restart, with no secret in clear in the data folder or the log", async () => {
    await iam("create-user", "--user-name", "lasting");
    const user = await createKey("--user-name", "lasting");
    const root = await createKey();
    await server.kill9();
    const secrets = [user.secretAccessKey, root.secretAccessKey];
    for (const file of await listFiles(server.dataDir)) {
      const content = await readFile(file);
      for (const secret of secrets) {
        assert.ok(!content.includes(secret), `${file} holds a secret`);
      }
    }
    for (const secret of [...secrets, server.credentials.secretAccessKey]) {
      assert.ok(!server.logs().includes(secret));
    }
    server = await start();
    const identify = ["sts", "get-caller-identity"];
    assert.match((await aws(identify, user)).Arn, /user\/lasting$/);
    assert.equal((await aws(identify, root)).Arn, ROOT_ARN);
    const keys = (await iam("list-access-keys")).AccessKeyMetadata;
    assert.equal(keys.length, 2);
    await iam("delete-access-key", "--access-key-id", root.accessKeyId);
    await refused(/\(InvalidClientTokenId\)/, identify, root);
  });

  it("need the key file that their secrets were encrypted with", async () => {
    await server.stop();
    const dataDir = join(folder.path, "data");
    const keyPath = join(dataDir, "secrets.key");
    const kept = join(folder.path, "kept.key");
    const other = join(folder.path, "other.key");
    spawnSync("mv", [keyPath, kept]);
    spawnSync("sh", ["-c", `head -c 32 /dev/urandom > ${other}`]);
    await assert.rejects(start(), /the encryption key file .*secrets\.key is missing; restore it/);
    await assert.rejects(
      startServer({ dataDir, flags: ["--encryption-key-file", other] }),
      /other\.key is not the one that the stored secrets were encrypted with/,
    );
    server = await startServer({ dataDir, flags: ["--encryption-key-file", kept] });
    assert.equal((await aws(["sts", "get-caller-identity"])).Arn, ROOT_ARN);
  });
});

async function listFiles(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
