/** The operations API on the console listener: who may use it, and what it makes of odd requests. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { signRequest } from "../../src/auth/sigv4/sign.ts";
import {
  AdminRefusal,
  AdminUnreachable,
  createAdminClient,
} from "../../src/client/admin-client.ts";
import { findBucketObject } from "../../src/client/bucket-client.ts";
import { buildServer, type RunningServer } from "../../src/server/build-server.ts";
import { parseSettings } from "../../src/server/config.ts";
import { drain } from "../../src/server/shutdown.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";
import { silentLogger } from "../support/metadata-builders.ts";

const ROOT = {
  accessKeyId: "AKIDMORAINEOPERATOR1",
  secretAccessKey: "moraineOperator/moraineOperator/00000001",
};
const ACCOUNT_ID = "111122223333";

interface Call {
  readonly method?: string;
  readonly target?: string;
  readonly body?: string;
  /** Sent in place of the body that was signed. */
  readonly sentBody?: string;
  readonly service?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly nowMs?: number;
}

describe("the operations API", () => {
  let dataDir: string;
  let running: RunningServer;
  let port: number;
  const logged: string[] = [];

  const url = () => `http://127.0.0.1:${port}`;
  const createClient = (credentials = ROOT) =>
    createAdminClient({
      adminUrl: url(),
      credentials,
      fetch,
      nowMs: Date.now,
      sha256,
      hmacSha256,
    });

  /** Sends a signed request; resolves with status and answer. */
  const call = async (given: Call) => {
    const {
      method = "POST",
      target = "/admin/v1/accounts",
      body = "",
      service = "moraine",
    } = given;
    const [path = "", query = ""] = target.split("?");
    const payloadHash = sha256(Buffer.from(body)).toHex();
    const hashHeader: [string, string] = ["x-amz-content-sha256", payloadHash];
    const added = signRequest({
      request: { method, path, query, headers: [["host", `127.0.0.1:${port}`], hashHeader] },
      credentials: given.credentials ?? ROOT,
      region: "us-east-1",
      service,
      nowMs: given.nowMs ?? Date.now(),
      payloadHash,
      sha256,
      hmacSha256,
    });
    const sent = given.sentBody ?? body;
    const response = await fetch(`${url()}${target}`, {
      method,
      headers: [hashHeader, ...added],
      ...(sent === "" ? {} : { body: sent }),
    });
    const answer = (await response.json()) as { code?: string; message?: string };
    return { status: response.status, ...answer };
  };

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "moraine-operations-"));
    const settings = {
      "data-dir": dataDir,
      listen: "127.0.0.1:0",
      "console-listen": "127.0.0.1:0",
      "root-access-key-id": ROOT.accessKeyId,
      "root-secret-access-key": ROOT.secretAccessKey,
      "root-account-id": ACCOUNT_ID,
    };
    const note = (fields: object, message: string) =>
      void logged.push(`${message} ${JSON.stringify(fields)}`);
    running = await buildServer(
      parseSettings({
        flags: new Map(Object.entries(settings)),
        unknownFlags: [],
        strayWords: [],
        env: {},
        readFile: () => "",
      }),
      { debug: note, info: note, warn: note, error: note },
    );
    port = running.console?.port ?? 0;
  });
  after(async () => {
    await drain(running.drainSteps, { boundMs: 20_000, logger: silentLogger });
    await rm(dataDir, { recursive: true });
  });

  it("makes and lists accounts for the operator's root, and logs no secret", async () => {
    const client = createClient();
    const created = await client.createAccount("222233334444");
    assert.match(created.AccessKeyId, /^[A-Z0-9]{20}$/);
    assert.match(created.SecretAccessKey, /^[!-~]{40}$/);
    const random = await client.createAccount(undefined);
    const ids = (await client.listAccounts()).map((account) => account.AccountId);
    assert.deepEqual(ids, [ACCOUNT_ID, "222233334444", random.AccountId].sort());
    assert.ok(logged.some((line) => line.startsWith("operations request")));
    for (const secret of [created.SecretAccessKey, random.SecretAccessKey]) {
      assert.ok(!logged.some((line) => line.includes(secret)));
    }
  });

  it("refuses an account that exists and an id that is none", async () => {
    await assert.rejects(createClient().createAccount(ACCOUNT_ID), (error: AdminRefusal) => {
      assert.ok(error instanceof AdminRefusal);
      assert.deepEqual([error.status, error.code], [409, "EntityAlreadyExists"]);
      return true;
    });
    const wrong = await call({ body: '{"AccountId":"12"}' });
    assert.deepEqual([wrong.status, wrong.code], [400, "ValidationError"]);
  });

  it("refuses the root of another account", async () => {
    const created = await createClient().createAccount(undefined);
    const other = {
      accessKeyId: created.AccessKeyId,
      secretAccessKey: created.SecretAccessKey,
    };
    for (const method of ["GET", "POST"]) {
      const answer = await call({ method, credentials: other });
      assert.deepEqual([answer.status, answer.code], [403, "AccessDeniedException"]);
      assert.match(answer.message ?? "", new RegExp(`arn:aws:iam::${created.AccountId}:root`));
    }
  });

  it("refuses requests that are not signed for it by a known key just now", async () => {
    const unsigned = await fetch(`${url()}/admin/v1/accounts`);
    assert.equal(unsigned.status, 400);
    assert.equal(
      ((await unsigned.json()) as { code: string }).code,
      "MissingAuthenticationTokenException",
    );
    const cases: [Call, number, string][] = [
      [{ service: "glacier" }, 403, "InvalidSignatureException"],
      [{ service: "iam" }, 403, "InvalidSignatureException"],
      [{ nowMs: Date.now() - 3_600_000 }, 403, "InvalidSignatureException"],
      [{ body: "{}", sentBody: '{"AccountId":"999999999999"}' }, 403, "InvalidSignatureException"],
      [
        { credentials: { ...ROOT, secretAccessKey: "x".repeat(40) } },
        403,
        "InvalidSignatureException",
      ],
      [
        { credentials: { ...ROOT, accessKeyId: "AKIDMORAINENOBODY001" } },
        400,
        "UnrecognizedClientException",
      ],
    ];
    for (const [given, status, code] of cases) {
      const answer = await call(given);
      assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(given));
    }
    const ids = (await createClient().listAccounts()).map((account) => account.AccountId);
    assert.ok(!ids.includes("999999999999"));
  });

  it("refuses bodies that are not what it expects", async () => {
    for (const body of ["{", "[]", '"x"', "null", '{"AccountId":1}', '{"accountId":"1"}']) {
      const answer = await call({ body });
      assert.deepEqual([answer.status, answer.code], [400, "SerializationException"], body);
    }
  });

  it("finds nothing below other paths and takes no other method", async () => {
    for (const target of [
      "/admin/v1/",
      "/admin/v1/account",
      "/admin/v1/accounts/",
      "/admin/v1/toString",
    ]) {
      const answer = await call({ target });
      assert.deepEqual([answer.status, answer.code], [404, "NotFound"], target);
    }
    const answer = await call({ method: "DELETE" });
    assert.deepEqual([answer.status, answer.code], [405, "MethodNotAllowed"]);
    assert.equal((await fetch(`${url()}/admin/v2/accounts`)).status, 404);
  });

  it("refuses a body that is large or of unknown length before reading it", async () => {
    const large = await fetch(`${url()}/admin/v1/accounts`, {
      method: "POST",
      body: "x".repeat(64 * 1024 + 1),
    });
    assert.equal(large.status, 400);
    assert.match(await large.text(), /at most 65536 bytes/);
    const answer = await exchange(
      port,
      "POST /admin/v1/accounts HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello",
    );
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /must state its Content-Length/);
  });

  it("survives clients that leave in the middle of a request", async () => {
    const socket = connect(port, "127.0.0.1");
    socket.write("POST /admin/v1/accounts HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc");
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    assert.ok((await createClient().listAccounts()).length > 0);
    assert.ok(!logged.some((line) => line.startsWith("operations request failed")));
  });

  it("is told apart from silence and from other services by its client", async () => {
    const connectTo = (adminUrl: string) =>
      createAdminClient({
        adminUrl,
        credentials: ROOT,
        fetch,
        nowMs: Date.now,
        sha256,
        hmacSha256,
      });
    const deaf = `http://127.0.0.1:${await findDeafPort()}`;
    await assert.rejects(connectTo(deaf).listAccounts(), (error: Error) => {
      assert.ok(error instanceof AdminUnreachable);
      assert.equal(error.message, `${deaf} can't be reached: ECONNREFUSED`);
      return true;
    });
    const foreign = createAdminClient({
      adminUrl: url(),
      credentials: ROOT,
      fetch: async () => new Response("<html>", { status: 200 }),
      nowMs: Date.now,
      sha256,
      hmacSha256,
    });
    await assert.rejects(foreign.listAccounts(), AdminUnreachable);
  });

  describe("GET /admin/v1/buckets/<bucket>/<key>", () => {
    const find = (bucketName: string, key: string, credentials = ROOT) =>
      findBucketObject(
        { adminUrl: url(), credentials, fetch, nowMs: Date.now, sha256, hmacSha256 },
        { bucketName, key, region: "us-east-1" },
      );
    const key = "a b/ä%2F+?/part-00000.csv";

    before(async () => {
      const folder = join(dataDir, "buckets", "query-results", "a b", "ä%2F+?");
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "part-00000.csv"), "x".repeat(1_000_000));
    });

    it("gives the bytes of an object, and says when there is none", async () => {
      const found = await find("query-results", key);
      assert.equal(found?.sizeBytes, 1_000_000);
      let text = "";
      for await (const chunk of found.bytes) {
        text += Buffer.from(chunk).toString();
      }
      assert.equal(text, "x".repeat(1_000_000));
      assert.equal(await find("query-results", "absent"), undefined);
      assert.equal(await find("no-bucket", "x"), undefined);
    });

    it("is refused to everybody but the operator's root, and for other methods", async () => {
      const { AccessKeyId, SecretAccessKey } = await createClient().createAccount("333344445555");
      const other = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
      await assert.rejects(find("query-results", key, other), { code: "AccessDeniedException" });
      const wrong = { ...ROOT, secretAccessKey: "wrong" };
      await assert.rejects(find("query-results", key, wrong), {
        code: "InvalidSignatureException",
      });
      const put = await call({ method: "PUT", target: "/admin/v1/buckets/query-results/x" });
      assert.deepEqual([put.status, put.code], [405, "MethodNotAllowed"]);
    });

    it("gives no file that is no object of a bucket", async () => {
      const targets = [
        "query-results/%2e%2e/%2e%2e/root-credentials.json",
        "query-results/..%2F..%2Fsecrets.key",
        "%2e%2e/secrets.key",
        ".tmp/x",
        "query-results/a%00b",
        "query-results/",
        "query-results",
      ];
      for (const target of targets) {
        const answer = await call({ method: "GET", target: `/admin/v1/buckets/${target}` });
        assert.ok(answer.status >= 400 && answer.status < 500, `${target}: ${answer.status}`);
      }
    });
  });
});

/** A port on which nobody listens any more. */
async function findDeafPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Sends bytes as they are; resolves with the first of the answer. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  const answer = await new Promise<string>((resolve) => {
    socket.once("data", (chunk) => resolve(String(chunk)));
    socket.once("close", () => resolve(""));
  });
  socket.destroy();
  return answer;
}
