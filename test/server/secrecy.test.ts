/** What a running service shows to others on its machine: nothing of its secrets, and none of its files. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runServe, type ServerProcess, startServer } from "../support/server-process.ts";
import { sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import {
  exchangeBytes,
  formatRequest,
  type HeaderList,
  presignHead,
  signHead,
  type WireHead,
} from "../support/wire-client.ts";

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A client of one server that signs with any key. */
function createCaller(server: ServerProcess) {
  const { host, port } = new URL(server.apiUrl);
  const headOf = (
    method: string,
    target: string,
    headers: HeaderList,
    body: Uint8Array,
  ): WireHead => ({
    method,
    target,
    headers: [
      ["Host", host],
      ["x-amz-glacier-version", "2012-06-01"],
      ["Content-Length", String(body.length)],
      ...headers,
    ],
  });
  return {
    host,
    headOf,
    send: async (
      call: {
        readonly method: string;
        readonly target: string;
        readonly body?: string;
        readonly headers?: HeaderList;
      },
      keys: Keys = server.credentials,
      service = "glacier",
    ) => {
      const body = Buffer.from(call.body ?? "");
      const head = headOf(call.method, call.target, call.headers ?? [], body);
      const signing = { ...keys, region: "us-east-1", service };
      return exchangeBytes(Number(port), formatRequest(signHead(head, body, signing), body));
    },
    exchange: (head: WireHead) => exchangeBytes(Number(port), formatRequest(head)),
  };
}

describe("a service under work", () => {
  let server: ServerProcess;
  let caller: ReturnType<typeof createCaller>;
  let formerMask = 0;
  /** Whatever must not be seen. */
  const secrets = new Map<string, string>();

  before(async () => {
    // The strictest test of file modes: a parent that would let everybody read everything.
    formerMask = process.umask(0);
    server = await startServer({ generateRoot: true, flags: ["--log-level", "trace"] });
    caller = createCaller(server);
    secrets.set("root secret", server.credentials.secretAccessKey);
    secrets.set(
      "encryption key",
      (await readFile(join(server.dataDir, "secrets.key"), "utf8")).trim(),
    );
    await work();
  });
  after(async () => {
    process.umask(formerMask);
    await server?.stop();
  });

  /** Successes and failures of every kind that has to do with secrets. */
  async function work(): Promise<void> {
    const iam = (form: string, keys?: Keys) =>
      caller.send({ method: "POST", target: "/", body: form }, keys, "iam");
    await iam("Action=CreateUser&UserName=u");
    const created = (await iam("Action=CreateAccessKey&UserName=u")).body.toString();
    const found = (name: string) =>
      new RegExp(`<${name}>([^<]+)</${name}>`).exec(created)?.[1] ?? "";
    const user = { accessKeyId: found("AccessKeyId"), secretAccessKey: found("SecretAccessKey") };
    assert.match(user.secretAccessKey, /^\S{40}$/);
    secrets.set("user secret", user.secretAccessKey);
    await caller.send({ method: "PUT", target: "/-/vaults/v" });
    assert.equal((await caller.send({ method: "PUT", target: "/-/vaults/w" }, user)).status, 403);
    const body = "archive";
    const hashes: HeaderList = [
      ["x-amz-content-sha256", sha256Hex(Buffer.from(body))],
      ["x-amz-sha256-tree-hash", treeHashHex(Buffer.from(body))],
    ];
    const upload = { method: "POST", target: "/-/vaults/v/archives", headers: hashes, body };
    const archive = (await caller.send(upload)).header("x-amz-archive-id");
    const job = JSON.stringify({ Type: "archive-retrieval", ArchiveId: archive });
    assert.equal(
      (await caller.send({ method: "POST", target: "/-/vaults/v/jobs", body: job })).status,
      202,
    );
    const cut: HeaderList = [...hashes, ["x-amz-meta-x", "y"]];
    await caller.send({ ...upload, headers: cut }, { ...user, secretAccessKey: "wrong-secret" });
    const none = new Uint8Array();
    const head = caller.headOf("GET", "/-/vaults", [], none);
    const signing = { ...server.credentials, region: "us-east-1", expiresSeconds: 60 };
    const presigned = presignHead(head, none, signing);
    assert.equal((await caller.exchange(presigned)).status, 200);
    secrets.set(
      "presigned signature",
      /X-Amz-Signature=([0-9a-f]{64})/.exec(presigned.target)?.[1] ?? "",
    );
    const password = "S3CRETpassword";
    secrets.set("a secret sent by mistake", password);
    const mistaken: HeaderList = [["Authorization", `Basic ${password}`]];
    await caller.exchange(caller.headOf("GET", `/-/vaults`, mistaken, none));
    await caller.send(
      { method: "POST", target: "/", body: "Action=CreateTopic&Name=t" },
      undefined,
      "sns",
    );
    const endpoint = encodeURIComponent(`https://user:${password}@192.0.2.1/`);
    const topic = encodeURIComponent(`arn:aws:sns:us-east-1:${server.credentials.accountId}:t`);
    const subscribe = `Action=Subscribe&TopicArn=${topic}&Protocol=https&Endpoint=${endpoint}`;
    await caller.send({ method: "POST", target: "/", body: subscribe }, undefined, "sns");
  }

  const assertSecretFree = (text: string, where: string) => {
    for (const [name, secret] of secrets) {
      assert.ok(secret.length > 8 && !text.includes(secret), `the ${name} is in ${where}`);
    }
  };

  it("has no secret in its log, at any level", () => {
    // The first start shows the root's secret once, on standard output; that is not the log.
    const log = server.logs().slice(server.logs().indexOf("\n{"));
    assert.ok(log.length > 1000);
    assertSecretFree(log, "the log");
  });

  it("has no secret in its audit log", async () => {
    const folder = join(server.dataDir, "audit");
    const names = await readdir(folder);
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    assert.ok(texts.join("").length > 1000);
    assertSecretFree(texts.join(""), "the audit log");
  });

  it("keeps secrets of users encrypted in its database", async () => {
    for (const name of ["metadata.db", "metadata.db-wal"]) {
      const text = await readFile(join(server.dataDir, name), "latin1");
      const { secretAccessKey } = server.credentials;
      assert.ok(
        !text.includes(secretAccessKey) && !text.includes(secrets.get("user secret") ?? ""),
      );
    }
  });

  it("shows no secret in the list of processes", async () => {
    assertSecretFree(await readFile(`/proc/${server.pid}/cmdline`, "latin1"), "the arguments");
  });

  it("repeats no secret in an error", async () => {
    const answers = [
      await caller.send(
        { method: "GET", target: "/-/vaults" },
        { ...server.credentials, secretAccessKey: "wrong" },
      ),
      await caller.send(
        { method: "POST", target: "/", body: "Action=CreateUser" },
        undefined,
        "iam",
      ),
      await caller.send({ method: "GET", target: "/-/vaults/absent" }),
    ];
    for (const answer of answers) {
      assert.ok(answer.status >= 400);
      assertSecretFree(answer.body.toString(), "an error");
    }
  });

  it("keeps every file and folder to its owner, whatever its umask was", async () => {
    const entries = await readdir(server.dataDir, { recursive: true, withFileTypes: true });
    const seen = new Set<string>();
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      const { mode } = await stat(path);
      assert.equal(mode & 0o077, 0, `${path} has mode ${(mode & 0o777).toString(8)}`);
      seen.add(path.slice(server.dataDir.length + 1).split("/")[0] ?? "");
    }
    for (const name of ["audit", "blobs", "metadata.db", "root-credentials.json", "secrets.key"]) {
      assert.ok(seen.has(name), `${name} was not looked at`);
    }
  });
});

describe("names that look like paths", () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer();
  });
  after(() => server?.stop());

  it("lead nowhere: vaults, archives, jobs, users, queues, topics and the operations API", async () => {
    const { send } = createCaller(server);
    const before = await readdir(server.dataDir);
    for (const name of [
      "..",
      ".",
      "../../x",
      "..%2f..%2fx",
      "%2e%2e%2fx",
      "%2e%2e/x",
      "/etc/passwd",
      "..%00",
      "%2fetc",
    ]) {
      const tries = [
        { method: "PUT", target: `/-/vaults/${name}` },
        { method: "DELETE", target: `/-/vaults/v/archives/${name}` },
        { method: "GET", target: `/-/vaults/v/jobs/${name}/output` },
        { method: "PUT", target: `/-/vaults/v/multipart-uploads/${name}` },
      ];
      for (const call of tries) {
        const { status } = await send(call);
        // `.` and `..` alone are names by the API's rule, and no more than that.
        const isName = /^\.{1,2}$/.test(name) && call.method === "PUT";
        assert.ok(
          (status >= 400 && status < 500) || isName,
          `${call.method} ${call.target}: ${status}`,
        );
      }
      for (const [service, form] of [
        ["iam", `Action=CreateUser&UserName=${name}`],
        ["sqs", `Action=CreateQueue&QueueName=${name}`],
        ["sns", `Action=CreateTopic&Name=${name}`],
      ] as const) {
        const { status } = await send(
          { method: "POST", target: "/", body: form },
          undefined,
          service,
        );
        assert.ok(
          status === 400 || (service === "iam" && /^\.{1,2}$/.test(name)),
          `${form}: ${status}`,
        );
      }
      const path = `${server.consoleUrl}/admin/v1/${name}`;
      const { status } = await fetch(path);
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
    }
    assert.deepEqual(await readdir(server.dataDir), before);
  });
});

describe("a data folder behind a symbolic link", () => {
  it("is the same folder under both names, and a link to nowhere is refused", async (test) => {
    const folder = await mkdtemp(join(tmpdir(), "moraine-link-"));
    test.after(() => rm(folder, { recursive: true }));
    const link = join(folder, "link");
    await symlink(join(folder, "real"), link);
    const flags = (path: string) => [
      "--data-dir",
      path,
      "--listen",
      "127.0.0.1:0",
      "--console-listen",
      "off",
    ];
    const dangling = await runServe(flags(link));
    assert.equal(dangling.code, 1);
    assert.match(dangling.stderr, /^moraine: data folder .*\/link [^\n]+\n$/);
    const server = await startServer({ dataDir: join(folder, "real") });
    const second = await runServe(flags(link));
    await server.stop();
    assert.equal(second.code, 1);
    assert.match(second.stderr, /data folder .*\/link is in use by process \d+/);
    assert.deepEqual(await readdir(folder), ["link", "real"]);
  });

  it("never writes through links that somebody laid where its own files go", async (test) => {
    const folder = await mkdtemp(join(tmpdir(), "moraine-link-"));
    test.after(() => rm(folder, { recursive: true }));
    const victim = join(folder, "victim");
    await writeFile(victim, "untouched");
    const dataDir = join(folder, "data");
    const first = await startServer({ dataDir, generateRoot: true });
    await first.stop();
    for (const name of ["root-credentials.json.tmp", "moraine-format.json.tmp", "lock.json"]) {
      await symlink(victim, join(dataDir, name));
    }
    await rm(join(dataDir, "root-credentials.json"));
    const second = await startServer({ dataDir, generateRoot: true }).catch(() => undefined);
    await second?.stop();
    assert.equal(await readFile(victim, "utf8"), "untouched");
  });
});
