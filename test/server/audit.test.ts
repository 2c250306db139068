/** The audit log of a service: a line for every request, before the answer of those that may change something. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createAdminClient } from "../../src/client/admin-client.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";
import { awaitAuditEvent, findAuditEvents, readAuditLines } from "../support/audit-lines.ts";
import { createGlacierClient, GlacierError } from "../support/glacier-client.ts";
import { makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import {
  exchangeBytes,
  formatRequest,
  type HeaderList,
  openWire,
  signHead,
  type WireAnswer,
} from "../support/wire-client.ts";
import {
  bodyOf,
  headOf,
  perform,
  startWireServer,
  type WireCall,
  type WireServer,
} from "../support/wire-server.ts";

const VAULT = "/-/vaults/audited";

function uploadOf(body: string, headers: HeaderList = []): WireCall {
  const bytes = Buffer.from(body);
  const hashes: HeaderList = [
    ["x-amz-content-sha256", sha256Hex(bytes)],
    ["x-amz-sha256-tree-hash", treeHashHex(bytes)],
  ];
  return { method: "POST", target: `${VAULT}/archives`, headers: [...hashes, ...headers], body };
}

describe("the audit log", () => {
  let server: WireServer;
  const idOf = (answer: WireAnswer) => answer.header("x-amzn-requestid");
  const send = (call: WireCall) => perform(server, call);
  /** The event, which must be there by now, exactly one time. */
  const eventOf = async (answer: WireAnswer) => {
    const [event, ...others] = await findAuditEvents(server.dataDir, idOf(answer));
    assert.ok(event !== undefined, "there is no line at the moment of the answer");
    assert.deepEqual(others, []);
    return event;
  };
  const manage = (service: string, form: string, headers: HeaderList = []) => {
    const call: WireCall = {
      method: "POST",
      target: "/",
      body: form,
      headers: [["Content-Type", "application/x-www-form-urlencoded"], ...headers],
    };
    const signing = { ...server.signing("us-east-1"), service };
    const bytes = formatRequest(
      signHead(headOf(server, call), bodyOf(call), signing),
      bodyOf(call),
    );
    return exchangeBytes(server.port, bytes);
  };
  const iam = (form: string) => manage("iam", `Version=2010-05-08&${form}`);

  before(async () => {
    server = await startWireServer();
    assert.equal((await send({ method: "PUT", target: VAULT })).status, 201);
  });
  after(() => server.stop());

  it("has the lines of calls that change something when their answers arrive", async () => {
    const calls: [name: string, call: WireCall][] = [
      ["CreateVault", { method: "PUT", target: VAULT }],
      ["UploadArchive", uploadOf("letters", [["x-amz-archive-description", "to Ada"]])],
      [
        "InitiateJob",
        { method: "POST", target: `${VAULT}/jobs`, body: '{"Type":"inventory-retrieval"}' },
      ],
      ["PurchaseProvisionedCapacity", { method: "POST", target: "/-/provisioned-capacity" }],
      ["DeleteArchive", { method: "DELETE", target: `${VAULT}/archives/none` }],
    ];
    for (const [name, call] of calls) {
      const answer = await send(call);
      const event = await eventOf(answer);
      assert.equal(event.eventName, name);
      assert.equal(event.readOnly, false);
      assert.equal(event.additionalEventData["httpStatus"], answer.status);
      assert.equal(event.additionalEventData["bytesTransferredOut"], answer.body.length);
      assert.equal(event.userIdentity.type, "Root");
      assert.equal(event.sourceIPAddress, "127.0.0.1");
    }
  });

  it("tells what was asked and what came of it, and nothing of the body", async () => {
    const answer = await send(
      uploadOf("private content", [["x-amz-archive-description", "to Ada"]]),
    );
    const event = await eventOf(answer);
    assert.partialDeepStrictEqual(event.requestParameters, {
      accountId: "-",
      vaultName: "audited",
      archiveDescription: "to Ada",
    });
    assert.partialDeepStrictEqual(event.responseElements, {
      archiveId: answer.header("x-amz-archive-id"),
      location: answer.header("location"),
    });
    assert.equal(event.additionalEventData["bytesTransferredIn"], 15);
    assert.equal((await readAuditLines(server.dataDir)).text.includes("private content"), false);
  });

  it("has a line for each read within a second of its answer", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send({ method: "GET", target: "/-/vaults?limit=5" })),
    );
    for (const answer of answers) {
      const event = await awaitAuditEvent(server.dataDir, idOf(answer));
      assert.equal(event.eventName, "ListVaults");
      assert.equal(event.readOnly, true);
      assert.equal(event.responseElements, null);
      assert.deepEqual(event.requestParameters, { accountId: "-", limit: "5" });
      assert.equal(event.additionalEventData["bytesTransferredOut"], answer.body.length);
    }
  });

  it("has a line for a call that nobody signed, and for one with a wrong signature", async () => {
    const unsigned = await exchangeBytes(
      server.port,
      formatRequest(headOf(server, { method: "PUT", target: VAULT })),
    );
    const first = await eventOf(unsigned);
    assert.equal(first.errorCode, "MissingAuthenticationTokenException");
    assert.equal(first.eventName, "CreateVault");
    assert.deepEqual(first.userIdentity, { type: "Unknown" });

    const signing = { ...server.signing("us-east-1"), secretAccessKey: "a wrong one" };
    const head = signHead(
      headOf(server, { method: "DELETE", target: VAULT }),
      new Uint8Array(),
      signing,
    );
    const second = await eventOf(await exchangeBytes(server.port, formatRequest(head)));
    assert.equal(second.errorCode, "InvalidSignatureException");
    assert.deepEqual(second.userIdentity, {
      type: "Unknown",
      accessKeyId: signing.accessKeyId,
    });
    assert.equal(second.additionalEventData["httpStatus"], 403);
  });

  it("has a line for a path without operation and for bytes that are no HTTP", async () => {
    const unrouted = await send({ method: "PUT", target: "/-/nothing?X-Amz-Signature=abc" });
    const first = await awaitAuditEvent(server.dataDir, idOf(unrouted));
    assert.equal(first.eventName, "UnknownOperation");
    assert.equal(first.additionalEventData["path"], "/-/nothing");

    const malformed = await exchangeBytes(server.port, "no http at all\r\n\r\n");
    const second = await awaitAuditEvent(server.dataDir, idOf(malformed));
    assert.equal(second.errorCode, "BadRequest");
    assert.equal(second.additionalEventData["httpStatus"], 400);
  });

  it("tells who was denied what", async () => {
    await iam("Action=CreateUser&UserName=reader");
    const created = await iam("Action=CreateAccessKey&UserName=reader");
    const text = created.body.toString();
    const pick = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(text)?.[1] ?? "";
    const signing = {
      accessKeyId: pick("AccessKeyId"),
      secretAccessKey: pick("SecretAccessKey"),
      region: "eu-west-1",
    };
    const head = signHead(
      headOf(server, { method: "DELETE", target: VAULT }),
      new Uint8Array(),
      signing,
    );
    const denied = await exchangeBytes(server.port, formatRequest(head));
    assert.equal(denied.status, 403);
    const home = { ...signing, region: "us-east-1" };
    const refused = await exchangeBytes(
      server.port,
      formatRequest(
        signHead(headOf(server, { method: "DELETE", target: VAULT }), new Uint8Array(), home),
      ),
    );
    const event = await eventOf(refused);
    assert.equal(event.errorCode, "AccessDeniedException");
    assert.match(event.errorMessage ?? "", /user\/reader is not authorized to perform/);
    assert.equal(event.userIdentity.type, "IAMUser");
    assert.equal(event.userIdentity.userName, "reader");
    assert.equal(event.userIdentity.accessKeyId, signing.accessKeyId);
    assert.equal((await eventOf(denied)).awsRegion, "eu-west-1");
    assert.ok(signing.secretAccessKey.length >= 40);
    const { text: log } = await readAuditLines(server.dataDir);
    assert.equal(log.includes(signing.secretAccessKey), false);
  });

  it("tells of management calls under their services, without secrets and messages", async () => {
    const user = await eventOf(await iam("Action=CreateUser&UserName=ada&Path=/staff/"));
    assert.equal(user.eventSource, "iam.amazonaws.com");
    assert.equal(user.eventName, "CreateUser");
    assert.deepEqual(user.requestParameters, { userName: "ada", path: "/staff/" });
    assert.partialDeepStrictEqual(user.responseElements, { user: { userName: "ada" } });

    const key = await iam("Action=CreateAccessKey&UserName=ada");
    const [, secret = ""] = /<SecretAccessKey>([^<]+)</.exec(key.body.toString()) ?? [];
    assert.ok(secret.length >= 40);
    assert.partialDeepStrictEqual((await eventOf(key)).responseElements, {
      accessKey: { secretAccessKey: "HIDDEN_DUE_TO_SECURITY_REASONS" },
    });
    const topic = await manage("sns", "Version=2010-03-31&Action=CreateTopic&Name=told");
    const arn = /<TopicArn>([^<]+)</.exec(topic.body.toString())?.[1];
    const published = await manage(
      "sns",
      `Version=2010-03-31&Action=Publish&TopicArn=${arn}&Message=confidential`,
    );
    assert.equal((await eventOf(published)).eventSource, "sns.amazonaws.com");
    const listed = await iam("Action=ListUsers");
    assert.equal((await awaitAuditEvent(server.dataDir, idOf(listed))).readOnly, true);
    const { text } = await readAuditLines(server.dataDir);
    assert.equal(text.includes(secret), false);
    assert.equal(text.includes("confidential"), false);
  });

  it("keeps every secret of a header to itself, and every line a line", async () => {
    const scope = "AKIDMORAINEWIRETEST1/20260101/us-east-1/glacier/aws4_request";
    const marks: HeaderList = [
      ["Authorization", "S3CRET0123456789/x"],
      ["Authorization", "Bearer S3CRET.0123456789"],
      ["Authorization", "AWS4-HMAC-SHA256 S3CRET,Bearer S3CRET with words"],
      [
        "Authorization",
        `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=S3CRET`,
      ],
      ["Cookie", "session=S3CRET"],
      ["x-amz-security-token", "S3CRET"],
      ["x-api-key", "S3CRET"],
    ];
    for (const mark of marks) {
      const headers: HeaderList = [mark, ["x-amz-date", "20260101T000000Z"]];
      const call = headOf(server, { method: "GET", target: "/-/vaults", headers });
      await exchangeBytes(server.port, formatRequest(call));
    }
    const signed: HeaderList = [["x-amz-meta-key", "S3CRET"]];
    const wrong = { ...server.signing("us-east-1"), secretAccessKey: "a wrong one" };
    const head = headOf(server, { method: "GET", target: "/-/vaults", headers: signed });
    const refused = await exchangeBytes(
      server.port,
      formatRequest(signHead(head, new Uint8Array(), wrong)),
    );
    assert.match(refused.body.toString(), /Canonical String.*S3CRET/);
    const agent: HeaderList = [["User-Agent", 'x\u00c2\u009b2J\u00e2\u0080\u00a8"}{\\n']];
    const odd = await send({ method: "GET", target: "/-/vaults/a%0Ab%22", headers: agent });
    const event = await awaitAuditEvent(server.dataDir, idOf(odd));
    assert.partialDeepStrictEqual(event.requestParameters, { vaultName: 'a\nb"' });
    assert.equal(event.userAgent, 'x\u009b2J\u2028"}{\\n');
    const { text, torn } = await readAuditLines(server.dataDir);
    assert.deepEqual(
      text.split("\n").filter((line) => line.includes("S3CRET")),
      [],
    );
    assert.equal(torn, 0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028]/);
  });

  it("hides the whole message for a header of thousands of pieces instead of looking for each", async () => {
    const pieces = Array.from({ length: 5000 }, (_, index) => `${10_000 + index}`).join(" ");
    const headers: HeaderList = [["Authorization", `AWS4-HMAC-SHA256 ${pieces}`]];
    const call = headOf(server, { method: "GET", target: "/-/vaults", headers });
    const answer = await exchangeBytes(server.port, formatRequest(call));
    const event = await awaitAuditEvent(server.dataDir, idOf(answer));
    assert.equal(event.errorMessage, "HIDDEN_DUE_TO_SECURITY_REASONS");
  });

  it("tells of a client that left before its answer", async () => {
    const body = "x".repeat(1000);
    const call = uploadOf(body, [["x-amz-archive-description", "left early"]]);
    const head = signHead(headOf(server, call), bodyOf(call), server.signing("us-east-1"));
    const wire = await openWire(server.port);
    await wire.send(Buffer.concat([formatRequest(head), Buffer.from(body.slice(0, 500))]));
    wire.destroy();
    for (let round = 0; round < 60; round += 1) {
      const { events } = await readAuditLines(server.dataDir);
      const found = events.find((event) => JSON.stringify(event).includes("left early"));
      if (found !== undefined) {
        assert.match(String(found.errorCode), /^(ClientDisconnected|RequestTimeoutException)$/);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.fail("there is no line for the client that left");
  });
});

describe("the audit log of a service that fails", () => {
  it("refuses calls that change something with 500 before their effect, while reads go on", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "moraine-audit-full-"));
    const server = await startServer({ dataDir });
    const client = createGlacierClient(server);
    const list = async () => {
      const answer = await client.send({ method: "GET", path: "/-/vaults" });
      assert.equal(answer.status, 200);
      return (JSON.parse(answer.body.toString()) as { VaultList: object[] }).VaultList.length;
    };
    const isUnavailable = (error: unknown) =>
      error instanceof GlacierError &&
      error.status === 500 &&
      error.code === "ServiceUnavailableException" &&
      error.message.includes("audit log");
    const days = [0, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    const files = days.map((day) => join(dataDir, "audit", `${day.slice(0, 10)}.jsonl`));
    try {
      await Promise.all(files.map((file) => symlink("/dev/full", file)));
      assert.equal(await list(), 0);
      await assert.rejects(client.createVault("first"), isUnavailable);
      const known = await list();
      await assert.rejects(client.createVault("second"), isUnavailable);
      await assert.rejects(client.deleteVault("first"), isUnavailable);
      assert.equal(await list(), known, "a call had its effect although the log was known to fail");
      await Promise.all(files.map((file) => rm(file)));
      await client.createVault("third");
      const { events } = await readAuditLines(dataDir);
      assert.deepEqual(
        events.filter(({ readOnly }) => !readOnly).map(({ eventName }) => eventName),
        ["CreateVault", "CreateVault", "DeleteVault", "CreateVault"],
      );
    } finally {
      client.close();
      await server.stop();
      await rm(dataDir, { recursive: true });
    }
  });

  it("has the line of every answered change after kill -9, and goes on after a torn one", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "moraine-audit-kill-"));
    const answered: string[] = [];
    const crash = async (server: ServerProcess): Promise<void> => {
      const client = createGlacierClient(server);
      await client.createVault("killed");
      let over = false;
      const upload = async (worker: number): Promise<void> => {
        for (let round = 0; !over; round += 1) {
          const body = makePayload(100, `${worker} ${round} ${server.pid}`);
          answered.push(await client.uploadArchive("killed", body));
        }
      };
      const workers = [1, 2, 3, 4].map((worker) => upload(worker).catch(() => undefined));
      await new Promise((resolve) => setTimeout(resolve, 400));
      await server.kill9();
      over = true;
      await Promise.all(workers);
      client.close();
    };
    try {
      await crash(await startServer({ dataDir }));
      await crash(await startServer({ dataDir }));
      const { text, torn } = await readAuditLines(dataDir);
      assert.ok(answered.length > 20, `${answered.length} uploads were answered`);
      assert.deepEqual(
        answered.filter((archiveId) => !text.includes(`"archiveId":"${archiveId}"`)),
        [],
      );
      assert.ok(torn <= 2);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });

  it("writes the lines of the last reads when the service is stopped", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "moraine-audit-stop-"));
    try {
      const server = await startServer({ dataDir });
      const client = createGlacierClient(server);
      const answer = await client.send({ method: "GET", path: "/-/vaults" });
      client.close();
      await server.stop();
      const found = await findAuditEvents(dataDir, String(answer.headers["x-amzn-requestid"]));
      assert.equal(found.length, 1);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });

  it("tells of the operator's calls, without the secret of a new account", async () => {
    const server = await startServer();
    try {
      const admin = createAdminClient({
        adminUrl: server.consoleUrl,
        credentials: server.credentials,
        fetch,
        nowMs: Date.now,
        sha256,
        hmacSha256,
      });
      const account = await admin.createAccount(undefined);
      const { events, text } = await readAuditLines(server.dataDir);
      const event = events.find(({ eventName }) => eventName === "CreateAccount");
      assert.equal(event?.eventSource, "moraine");
      assert.partialDeepStrictEqual(event?.responseElements, { accountId: account.AccountId });
      assert.equal(text.includes(account.SecretAccessKey), false);
      assert.equal(text.includes("health"), false);
    } finally {
      await server.stop();
    }
  });

  it("keeps no files when it is switched off", async () => {
    const server = await startWireServer({ audit: "off" });
    try {
      assert.equal((await perform(server, { method: "PUT", target: VAULT })).status, 201);
      assert.equal((await readdir(server.dataDir)).includes("audit"), false);
    } finally {
      await server.stop();
    }
  });
});
