/**
 * Requests whose text is meant to break a parser or to be taken for something else: each gets the refusal or the
 * answer that any other text would get, in time that grows with its length and no faster.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  exchangeBytes,
  formatRequest,
  type HeaderList,
  openWire,
  signHead,
  type WireAnswer,
} from "../support/wire-client.ts";
import {
  headOf,
  perform,
  performFor,
  signedBytes,
  startWireServer,
  type WireServer,
} from "../support/wire-server.ts";

const MIB = 1024 * 1024;

let server: WireServer;
before(async () => {
  server = await startWireServer();
  assert.equal((await perform(server, { method: "PUT", target: "/-/vaults/v" })).status, 201);
});
// The server fails the test when anything was logged as an error: so every 500 is found here at the latest.
after(() => server?.stop());

const assertRefused = (answer: WireAnswer, status: number, code: string) => {
  assert.equal(answer.status, status, answer.body.toString("utf8", 0, 500));
  assert.equal(answer.json()["code"], code);
};

const sendForm = (service: string, parameters: Readonly<Record<string, string>>) =>
  performFor(server, service, { body: new URLSearchParams(parameters).toString() });

const JSON_HEADERS: HeaderList = [
  ["Content-Type", "application/x-amz-json-1.0"],
  ["X-Amz-Target", "AmazonSQS.CreateQueue"],
];

describe("where one request ends and the next begins", () => {
  const upload = "POST /-/vaults/v/archives HTTP/1.1\r\nHost: x\r\n";
  const hidden = "GET /-/vaults/v HTTP/1.1\r\nHost: x\r\n\r\n";
  const rows: [string, string][] = [
    ["a length in a list", `${upload}Content-Length: 5, 5\r\n\r\nhello`],
    ["a length with a sign", `${upload}Content-Length: +5\r\n\r\nhello`],
    ["a length in hex", `${upload}Content-Length: 0x5\r\n\r\nhello`],
    ["a length with a blank within", `${upload}Content-Length: 1 0\r\n\r\n${hidden}`],
    ["a length that a zero byte ends", `${upload}Content-Length: 5\0\r\n\r\nhello`],
    ["a length before a space and a colon", `${upload}Content-Length : 5\r\n\r\nhello`],
    [
      "chunks before a length",
      `${upload}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    ],
    [
      "an unknown coding and a length",
      `${upload}Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\nhello`,
    ],
    [
      "chunks that are not the last coding",
      `${upload}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
    ],
    [
      "chunks beside another line of codings",
      `${upload}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
    ],
    ["a folded line", `${upload}X-A: b\r\n c\r\n\r\n`],
    ["a folded coding", `${upload}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
    ["lines that end with LF alone", `${upload.replaceAll("\r\n", "\n")}\n`],
    ["a carriage return within a line", `${upload}X-A: b\rContent-Length: 5\r\n\r\nhello`],
    ["a zero byte in a name", `${upload}X-\0A: b\r\n\r\n`],
    ["a zero byte in the target", "GET /-/vaults/\0v HTTP/1.1\r\nHost: x\r\n\r\n"],
    [
      "a chunk size with a sign",
      `${upload}Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n`,
    ],
    [
      "a chunk size beyond 64 bits",
      `${upload}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello`,
    ],
    [
      "a chunk that is longer than it says",
      `${upload}Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n`,
    ],
    [
      "a chunk size that LF alone ends",
      `${upload}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n`,
    ],
  ];
  for (const [what, bytes] of rows) {
    it(`is never guessed: ${what}`, async () => {
      const wire = await openWire(server.port);
      void wire.send(bytes + hidden);
      const answers: WireAnswer[] = [];
      while (!wire.isEnded()) {
        const answer = await wire.receive().catch(() => undefined);
        if (answer !== undefined) {
          answers.push(answer);
        }
      }
      wire.destroy();
      // Nothing that follows may be taken for a request: one refusal at most, and the connection ends.
      assert.ok(answers.length <= 1, `${answers.length} answers`);
      for (const { status } of answers) {
        assert.equal(status, 400);
      }
    });
  }

  it("is not moved by a coding that an intermediary would not see", async () => {
    for (const name of [
      "Transfer-Encoding\u00a0",
      "Transfer\u2010Encoding".replace("\u2010", "_"),
    ]) {
      const wire = await openWire(server.port);
      void wire.send(
        Buffer.from(`${upload}Content-Length: 5\r\n${name}: chunked\r\n\r\n0\r\n\r\n`, "latin1"),
      );
      const answer = await wire.receive();
      assert.equal(answer.status, 400);
      wire.destroy();
    }
  });

  it("follows an absolute target only where Host is signed as it stands", async () => {
    const call = { method: "GET", target: "http://elsewhere.example/-/vaults/v" };
    assert.equal((await perform(server, call)).status, 200);
    const other = signedBytes(server, call).toString("latin1").replace(server.host, "evil.example");
    assertRefused(await exchangeBytes(server.port, other), 403, "InvalidSignatureException");
  });
});

describe("text of a client in an answer's head", () => {
  const CRLF = ["%0d%0aSet-Cookie: a=b", "\r\nSet-Cookie: a=b", "%0D%0A%0D%0Abody", "\u560d\u560a"];

  it("can't end its line: vault names in Location", async () => {
    for (const text of CRLF) {
      const target = `/-/vaults/${encodeURIComponent(text)}`;
      const answer = await perform(server, { method: "PUT", target });
      assertRefused(answer, 400, "InvalidParameterValueException");
      assert.equal(answer.header("Set-Cookie"), undefined);
    }
  });

  it("can't end its line: descriptions and ids", async () => {
    for (const text of ["a\tb", "a\u00e9b", "a\u0080b"]) {
      const headers: HeaderList = [
        ["x-amz-archive-description", Buffer.from(text).toString("latin1")],
        ["x-amz-part-size", String(MIB)],
      ];
      const target = "/-/vaults/v/multipart-uploads";
      assertRefused(
        await perform(server, { method: "POST", target, headers }),
        400,
        "InvalidParameterValueException",
      );
    }
    for (const text of CRLF) {
      for (const kind of ["jobs", "multipart-uploads", "archives"]) {
        const method = kind === "archives" ? "DELETE" : "GET";
        const target = `/-/vaults/v/${kind}/${encodeURIComponent(text)}`;
        const answer = await perform(server, { method, target });
        assert.ok(answer.status >= 400 && answer.status < 500);
        assert.equal(answer.header("Set-Cookie"), undefined);
      }
    }
  });
});

describe("text of a client in XML", () => {
  const HOSTILE = `</Message><x a="1">&amp;]]>'"\u0000\u0001\ud800\ufffe`;

  it("stays text in errors of each service", async () => {
    const rows: [string, Record<string, string>][] = [
      ["iam", { Action: "GetUser", UserName: HOSTILE }],
      ["iam", { Action: HOSTILE }],
      ["sts", { Action: HOSTILE }],
      ["sns", { Action: "GetTopicAttributes", TopicArn: HOSTILE }],
      ["sns", { Action: "Subscribe", TopicArn: "x", Protocol: HOSTILE }],
      ["sqs", { Action: "CreateQueue", QueueName: HOSTILE }],
      ["sqs", { Action: "GetQueueUrl", QueueName: HOSTILE }],
    ];
    for (const [service, parameters] of rows) {
      const answer = await sendForm(service, parameters);
      assert.ok(answer.status >= 400 && answer.status < 500);
      const text = answer.body.toString();
      assert.ok(!text.includes("<x a="), text);
      assert.ok(!["\u0000", "\u0001", "\ufffe"].some((bad) => text.includes(bad)), text);
      assert.equal(text.match(/<Message>/g)?.length, 1);
    }
  });

  it("stays text in results", async () => {
    await sendForm("sqs", { Action: "CreateQueue", QueueName: "xml" });
    const queueUrl = `http://${server.host}/${server.accountId}/xml`;
    const body = `</Body><x a="1">&amp;]]>'"`;
    await sendForm("sqs", { Action: "SendMessage", QueueUrl: queueUrl, MessageBody: body });
    const answer = await sendForm("sqs", { Action: "ReceiveMessage", QueueUrl: queueUrl });
    const text = answer.body.toString();
    assert.match(text, /<Body>&lt;\/Body&gt;&lt;x a=&quot;1&quot;&gt;&amp;amp;/);
    assert.equal(text.match(/<Body>/g)?.length, 1);
  });
});

describe("JSON bombs", () => {
  const bombs: [string, string][] = [
    ["a million lists in each other", "[".repeat(MIB) + "]".repeat(MIB - 2)],
    ["lists that never end", "[".repeat(2 * MIB)],
    ["objects in each other", `${'{"a":'.repeat(300_000)}1${"}".repeat(300_000)}`],
    ["a number of a million digits", `{"Type":${"9".repeat(MIB)}}`],
    ["a number of a million digits after a member", `{"Limit":-${"9".repeat(MIB)}}`],
    ["an exponent of a million digits", `{"Type":1e${"9".repeat(MIB)}}`],
    [
      "twenty thousand members",
      `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":1`).join(",")}}`,
    ],
    ["the same member a hundred thousand times", `{${'"Type":"x",'.repeat(100_000)}"Type":"x"}`],
  ];
  for (const [what, body] of bombs) {
    it(`are refused like any wrong body: ${what}`, async () => {
      const jobs = await perform(server, { method: "POST", target: "/-/vaults/v/jobs", body });
      assert.equal(jobs.status, 400, jobs.body.toString("utf8", 0, 300));
      const tags = await perform(server, {
        method: "POST",
        target: "/-/vaults/v/tags?operation=add",
        body,
      });
      assert.equal(tags.status, 400, tags.body.toString("utf8", 0, 300));
      const queue = await performFor(server, "sqs", { headers: JSON_HEADERS, body });
      assert.equal(queue.status, 400, queue.body.toString("utf8", 0, 300));
    });
  }

  it("are refused within the text of a policy", async () => {
    for (const text of [
      "[".repeat(5000),
      '{"a":'.repeat(4000),
      `{"Version":${"9".repeat(15_000)}}`,
    ]) {
      const call = {
        method: "PUT",
        target: "/-/vaults/v/access-policy",
        body: JSON.stringify({ Policy: text }),
      };
      assertRefused(await perform(server, call), 400, "InvalidParameterValueException");
    }
  });

  it("reach no prototype", async () => {
    const body =
      '{"Tags":{"__proto__":"p","constructor":"c","toString":"t"},"__proto__":{"Tags":{"x":"y"}}}';
    const target = "/-/vaults/v/tags?operation=add";
    const added = await perform(server, { method: "POST", target, body });
    assert.equal(added.status, 204, added.body.toString());
    const listed = await perform(server, { method: "GET", target: "/-/vaults/v/tags" });
    const text = '{"Tags":{"__proto__":"p","constructor":"c","toString":"t"}}';
    assert.deepEqual(JSON.parse(listed.body.toString()), JSON.parse(text));
    assert.equal(({} as Record<string, unknown>)["x"], undefined);
    for (const word of ["__proto__", "constructor", "hasOwnProperty"]) {
      const called = await perform(server, { method: "GET", target: `/-/vaults/v/${word}` });
      assert.ok(called.status === 404 || called.status === 400);
      assert.equal((await sendForm("iam", { Action: word })).status, 400);
    }
  });
});

describe("the refusal of a key", () => {
  const answerTo = async (keys: { accessKeyId: string; secretAccessKey: string }) => {
    const head = headOf(server, { method: "GET", target: "/-/vaults" });
    const signing = { ...keys, region: "us-east-1" };
    const signed = signHead(head, new Uint8Array(), signing);
    const { status, body } = await exchangeBytes(server.port, formatRequest(signed));
    return { status, body: body.toString() };
  };

  it("is the same for a key that is unknown, inactive or deleted", async () => {
    await sendForm("iam", { Action: "CreateUser", UserName: "k" });
    const created = await sendForm("iam", { Action: "CreateAccessKey", UserName: "k" });
    const find = (name: string) =>
      new RegExp(`<${name}>(.+?)</${name}>`).exec(created.body.toString())?.[1] ?? "";
    const keys = {
      accessKeyId: find("AccessKeyId"),
      secretAccessKey: find("SecretAccessKey"),
    };
    assert.equal((await answerTo(keys)).status, 403);
    const unknown = await answerTo({ ...keys, accessKeyId: "MORAUNKNOWNUNKNOWN23" });
    assert.match(unknown.body, /UnrecognizedClientException/);
    const key = { UserName: "k", AccessKeyId: keys.accessKeyId };
    await sendForm("iam", { Action: "UpdateAccessKey", ...key, Status: "Inactive" });
    assert.deepEqual(await answerTo(keys), unknown);
    assert.deepEqual(await answerTo({ ...keys, secretAccessKey: "wrong" }), unknown);
    await sendForm("iam", { Action: "DeleteAccessKey", ...key });
    assert.deepEqual(await answerTo(keys), unknown);
  });

  it("is the same wherever a signature is wrong", async () => {
    const bytes = signedBytes(server, { method: "GET", target: "/-/vaults" }).toString("latin1");
    const at = bytes.indexOf("Signature=") + "Signature=".length;
    const answers = new Set<string>();
    for (let index = 0; index < 64; index += 1) {
      const right = bytes[at + index] ?? "";
      const wrong = right === "0" ? "1" : "0";
      const changed = bytes.slice(0, at + index) + wrong + bytes.slice(at + index + 1);
      const answer = await exchangeBytes(server.port, changed);
      assert.equal(answer.status, 403);
      answers.add(answer.body.toString());
    }
    assert.equal(answers.size, 1);
  });
});

describe("a stated hash of the payload that is no hash", () => {
  it("is refused after the signature, whatever its characters are", async () => {
    for (const text of ["\u20ac", "\u{1f600}", "UNSIGNED-PAYLOAD", "\u00e9".repeat(3000)]) {
      const headers: HeaderList = [["x-amz-content-sha256", Buffer.from(text).toString("latin1")]];
      const answer = await perform(server, { method: "GET", target: "/-/vaults/v", headers });
      assertRefused(answer, 400, "InvalidParameterValueException");
    }
  });
});
