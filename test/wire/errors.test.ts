/** Every rule and refusal that the contract lists for all operations alike, on a running service. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { JSON_BODY_MAX_BYTES } from "../../src/domain/limits.ts";
import { errorTable } from "../../src/protocol/errors.ts";
import { formatIsoBasic } from "../../src/std/iso-time.ts";
import { generateBytes, sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import {
  exchangeBytes,
  formatRequest,
  type HeaderList,
  openWire,
  presignHead,
  type Signing,
  signHead,
  signHeadOver,
  type WireAnswer,
  type WireHead,
} from "../support/wire-client.ts";
import {
  bodyOf,
  headOf,
  perform,
  signedBytes,
  startWireServer,
  type WireCall,
  type WireServer,
} from "../support/wire-server.ts";

const REGION = "us-east-1";
const MIB = 1024 * 1024;
const ZERO_HASH = "0".repeat(64);

let server: WireServer;

before(async () => {
  server = await startWireServer();
  await created("v");
});

after(() => server.stop());

async function created(name: string, region = REGION): Promise<void> {
  const answer = await perform(server, { method: "PUT", target: `/-/vaults/${name}`, region });
  assert.equal(answer.status, 201);
}

/** Sends `call` with a signature made otherwise than by default. */
async function performAs(call: WireCall, signing: Partial<Signing>): Promise<WireAnswer> {
  const body = bodyOf(call);
  const head = signHead(headOf(server, call), body, { ...server.signing(REGION), ...signing });
  return exchangeBytes(server.port, formatRequest(head, body));
}

/** Sends `call` with its own headers and no signature. */
async function performUnsigned(call: WireCall): Promise<WireAnswer> {
  return exchangeBytes(server.port, formatRequest(headOf(server, call), bodyOf(call)));
}

/** Sends `call` signed over exactly these headers at the present time. */
async function performOver(
  call: WireCall,
  signedHeaders: readonly string[],
  options: { readonly separator?: string; readonly dateHeader?: string } = {},
): Promise<WireAnswer> {
  const { separator = ", ", dateHeader = "x-amz-date" } = options;
  const plain = headOf(server, call);
  const date: [string, string] = [dateHeader, formatIsoBasic(Date.now())];
  const head = signHeadOver({ ...plain, headers: [...plain.headers, date] }, bodyOf(call), {
    ...server.signing(REGION),
    signedHeaders,
    separator,
  });
  return exchangeBytes(server.port, formatRequest(head, bodyOf(call)));
}

async function performHead(head: WireHead): Promise<WireAnswer> {
  return exchangeBytes(server.port, formatRequest(head));
}

const statusByCode: Readonly<Record<string, { status: number; type: string }>> = errorTable;

/** Checks the whole form of an error (contract §1.4, §1.5); `message` verbatim or by pattern. */
function assertError(answer: WireAnswer, code: string, message: string | RegExp): void {
  const text = answer.body.toString("utf8");
  const shown = answer.json();
  assert.equal(shown["code"], code, text);
  assert.equal(answer.status, statusByCode[code]?.status, text);
  assert.deepEqual(Object.keys(shown), ["code", "message", "type"]);
  assert.equal(shown["type"], statusByCode[code]?.type);
  assert.equal(text, JSON.stringify(shown));
  if (typeof message === "string") {
    assert.equal(shown["message"], message);
  } else {
    assert.match(String(shown["message"]), message);
  }
  assert.equal(answer.header("x-amzn-ErrorType"), code);
  assert.equal(answer.header("Content-Type"), "application/json");
  assert.match(String(answer.header("x-amzn-RequestId")), /^[\w-]{47}$/);
}

function hashHeaders(body: Uint8Array): [string, string][] {
  return [
    ["x-amz-content-sha256", sha256Hex(body)],
    ["x-amz-sha256-tree-hash", treeHashHex(body)],
  ];
}

function uploadCall(body: Uint8Array, headers: HeaderList = []): WireCall {
  const target = "/-/vaults/v/archives";
  return { method: "POST", target, headers: [...hashHeaders(body), ...headers], body };
}

async function uploadStarted(region = REGION, vault = "v"): Promise<string> {
  const answer = await perform(server, {
    method: "POST",
    target: `/-/vaults/${vault}/multipart-uploads`,
    headers: [["x-amz-part-size", "1048576"]],
    region,
  });
  assert.equal(answer.status, 201);
  return answer.header("x-amz-multipart-upload-id") ?? "";
}

const describeV: WireCall = { method: "GET", target: "/-/vaults/v" };

describe("what real clients force (contract §0)", () => {
  it("A: a body of {} is ignored where none belongs", async () => {
    const stray = { body: "{}", headers: [["Content-Type", "application/json"]] as const };
    const uploadId = await uploadStarted();
    const part = generateBytes(0, 1000);
    await perform(server, {
      method: "PUT",
      target: `/-/vaults/v/multipart-uploads/${uploadId}`,
      headers: [...hashHeaders(part), ["Content-Range", "bytes 0-999/*"]],
      body: part,
    });
    const complete: HeaderList = [
      ...stray.headers,
      ["x-amz-archive-size", "1000"],
      ["x-amz-sha256-tree-hash", treeHashHex(part)],
    ];
    const target = `/-/vaults/v/multipart-uploads/${uploadId}`;
    const calls: [WireCall, number][] = [
      [{ method: "PUT", target: "/-/vaults/v", ...stray }, 201],
      [{ method: "POST", target, ...stray, headers: complete }, 201],
      [{ method: "GET", target: "/-/vaults/v", ...stray }, 200],
      [{ method: "DELETE", target: "/-/vaults/v/archives/unknown", ...stray }, 404],
    ];
    for (const [call, status] of calls) {
      assert.equal((await perform(server, call)).status, status, `${call.method} ${call.target}`);
    }
  });

  it("B: a limit above the page maximum is clamped in all four lists", async () => {
    const uploadId = await uploadStarted();
    for (const list of [
      "/-/vaults",
      "/-/vaults/v/jobs",
      "/-/vaults/v/multipart-uploads",
      `/-/vaults/v/multipart-uploads/${uploadId}`,
    ]) {
      for (const limit of ["1000", "99999999999999999999999"]) {
        const target = `${list}?limit=${limit}`;
        assert.equal((await perform(server, { method: "GET", target })).status, 200, target);
      }
      for (const limit of ["0", "-1", "1.5", "x", "", "1e1", "0x1", "%201"]) {
        const answer = await perform(server, { method: "GET", target: `${list}?limit=${limit}` });
        assertError(answer, "InvalidParameterValueException", /^Invalid limit: /);
      }
    }
  });

  it("C: boto 2's scope, taken from the host, is Glacier in the default region", async () => {
    const local = await performAs(describeV, { region: "0", service: "127" });
    assert.equal(local.status, 200);
    assert.equal(local.json()["VaultARN"], "arn:aws:glacier:us-east-1:111122223333:vaults/v");
    const headers: HeaderList = [["Host", `localhost:${server.port}`]];
    const named = await performAs(
      { ...describeV, headers },
      { region: "localhost", service: "localhost" },
    );
    assert.equal(named.status, 200);
  });

  it("C: any other service is refused with the scope that was expected", async () => {
    const date = formatIsoBasic(Date.now()).slice(0, 8);
    for (const [region, service] of [
      ["eu-west-1", "s3"],
      ["127", "0"],
      ["localhost", "localhost"],
      ["us-east-1", "Glacier"],
    ] as const) {
      const answer = await performAs(describeV, { region, service });
      assertError(
        answer,
        "InvalidSignatureException",
        `Credential should be scoped to correct service: got '${date}/${region}/${service}/aws4_request', ` +
          `expected '${date}/us-east-1/glacier/aws4_request'.`,
      );
    }
  });

  it("C: any region is served, each with vaults of its own", async () => {
    await created("elsewhere", "moon-base-1");
    const there = { method: "GET", target: "/-/vaults/elsewhere" };
    const found = await perform(server, { ...there, region: "moon-base-1" });
    assert.equal(
      found.json()["VaultARN"],
      "arn:aws:glacier:moon-base-1:111122223333:vaults/elsewhere",
    );
    assert.equal((await perform(server, there)).status, 404);
  });

  it("D: an empty signed header counts as absent for the operation", async () => {
    const headers: HeaderList = [["X-Amz-Sha256-Tree-Hash", ""]];
    assert.equal((await perform(server, { ...describeV, headers })).status, 200);
    const body = Buffer.from("x");
    const call = {
      method: "POST",
      target: "/-/vaults/v/archives",
      headers: [["x-amz-content-sha256", sha256Hex(body)] as const, ...headers],
      body,
    };
    assertError(
      await perform(server, call),
      "MissingParameterValueException",
      "Required parameter missing: x-amz-sha256-tree-hash",
    );
  });

  it("E: a target in absolute form is the path after its authority", async () => {
    for (const origin of [`http://${server.host}`, "HTTP://glacier.example", "https://user@h:1"]) {
      const target = `${origin}/-/vaults/v`;
      const head = { ...headOf(server, describeV) };
      const signed = signHead(head, new Uint8Array(), server.signing(REGION));
      const answer = await performHead({ ...signed, target });
      assert.equal(answer.status, 200, origin);
    }
    assertError(
      await performHead({ ...headOf(server, describeV), target: "http://h" }),
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    );
  });

  it("F: a number after the slash of a part's range is not checked", async () => {
    const uploadId = await uploadStarted();
    const body = generateBytes(0, 10);
    for (const range of ["bytes 0-9/*", "bytes 0-9/130000000", "bytes 0-9/1"]) {
      const answer = await perform(server, {
        method: "PUT",
        target: `/-/vaults/v/multipart-uploads/${uploadId}`,
        headers: [...hashHeaders(body), ["Content-Range", range]],
        body,
      });
      assert.equal(answer.status, 204, range);
    }
  });

  it("G: an id that starts with a hyphen is looked up, and none is made", async () => {
    const id = `-${"A".repeat(137)}`;
    const answer = await perform(server, {
      method: "DELETE",
      target: `/-/vaults/v/archives/${id}`,
    });
    assertError(answer, "ResourceNotFoundException", `The archive ID was not found: ${id}`);
    for (let round = 0; round < 30; round += 1) {
      assert.doesNotMatch(await uploadStarted(), /^-/);
    }
  });

  it("H: generated keys have the forms that mt-aws-glacier insists on", async () => {
    const fresh = await startWireServer({
      "root-access-key-id": "",
      "root-secret-access-key": "",
      "root-account-id": "",
    });
    const text = await readFile(join(fresh.dataDir, "root-credentials.json"), "utf8");
    await fresh.stop();
    assert.match(text, /"[A-Za-z0-9]{20}"/);
    assert.match(text, /"[!-~]{40}"/);
    assert.match(text, /"\d{12}"/);
  });

  it("I: additional headers, signed or not, are never refused", async () => {
    const extra: HeaderList = [
      ["User-Agent", "aws-sdk-js/3"],
      ["amz-sdk-request", "attempt=1; max=3"],
      ["amz-sdk-invocation-id", "6a7e"],
      ["Accept", "application/json"],
      ["x-amz-content-sha256", sha256Hex(new Uint8Array())],
    ];
    const call = { ...describeV, headers: extra };
    assert.equal((await perform(server, call)).status, 200);
    const signed = extra.map(([name]) => name.toLowerCase());
    const all = [...signed, "host", "x-amz-date", "x-amz-glacier-version"].sort();
    assert.equal((await performOver(call, all)).status, 200);
  });

  it("J: the account in the path, in ARNs and in locations is the same", async () => {
    const call = { method: "PUT", target: `/${server.accountId}/vaults/v` };
    const location = (await perform(server, call)).header("Location");
    assert.equal(location, `/${server.accountId}/vaults/v`);
    const described = (await perform(server, { ...describeV, target: `${location}` })).json();
    assert.equal(described["VaultARN"], `arn:aws:glacier:us-east-1:${server.accountId}:vaults/v`);
  });

  it("K: jobs are still listed when their archive is gone", async () => {
    await created("k");
    const uploaded = await perform(server, {
      ...uploadCall(Buffer.from("k")),
      target: "/-/vaults/k/archives",
    });
    const archiveId = uploaded.header("x-amz-archive-id");
    const body = JSON.stringify({ Type: "archive-retrieval", ArchiveId: archiveId });
    await perform(server, { method: "POST", target: "/-/vaults/k/jobs", body });
    const target = `/-/vaults/k/archives/${archiveId}`;
    assert.equal((await perform(server, { method: "DELETE", target })).status, 204);
    const listed = await perform(server, { method: "GET", target: "/-/vaults/k/jobs" });
    const jobs = listed.json()["JobList"] as Record<string, unknown>[];
    assert.deepEqual(
      jobs.map((job) => job["ArchiveId"]),
      [archiveId],
    );
  });

  it("L: no refusal has the status 429, and 503 is for Expedited capacity alone", () => {
    const rows = Object.entries(errorTable);
    assert.deepEqual(
      rows.filter(([, { status }]) => (status as number) === 429),
      [],
    );
    assert.deepEqual(
      rows.filter(([, { status }]) => status === 503).map(([code]) => code),
      ["InsufficientCapacityException"],
    );
    assert.equal(errorTable.ThrottlingException.status, 400);
    assert.equal(errorTable.ServiceUnavailableException.status, 500);
  });

  it("M: the host is verified as received, with or without a port", async () => {
    for (const host of ["glacier.us-east-1.amazonaws.com", "127.0.0.1", "[::1]:9720", "x"]) {
      const headers: HeaderList = [["Host", host]];
      assert.equal((await perform(server, { ...describeV, headers })).status, 200, host);
    }
  });

  it("N: a non-ASCII description verifies as bytes and is then refused", async () => {
    const value = Buffer.from("Zürich \u{1f9ca}").toString("latin1");
    const answer = await perform(
      server,
      uploadCall(Buffer.from("x"), [["x-amz-archive-description", value]]),
    );
    assertError(answer, "InvalidParameterValueException", /^Invalid x-amz-archive-description: /);
  });
});

describe("paths and accounts (contract §1.1)", () => {
  const unknown: [string, string][] = [
    ["GET", "/"],
    ["GET", "/-"],
    ["GET", "/-/"],
    ["GET", "/-/vaults/"],
    ["PUT", "/-/vaults/v/"],
    ["GET", "/vaults/v"],
    ["GET", "/vaults"],
    ["GET", "//vaults/v"],
    ["GET", "//vaults"],
    ["POST", "/-/vaults/v"],
    ["PATCH", "/-/vaults/v"],
    ["OPTIONS", "/-/vaults/v"],
    ["DELETE", "/-/vaults"],
    ["GET", "/-/Vaults/v"],
    ["GET", "/-/vaults/v/archives"],
    ["GET", "/-/vaults/v/archives/x"],
    ["PUT", "/-/vaults/v/tags?operation=add"],
    ["PUT", "/-/vaults/v/notification-policy"],
    ["PUT", "/-/vaults/v/lock-policy"],
    ["GET", "/-/priority-capacity"],
    ["GET", "/-/vaults/v/jobs/x/output/"],
    ["GET", "/-/vaults//jobs"],
  ];
  for (const [method, target] of unknown) {
    it(`refuses ${method} ${target} as no operation's`, async () => {
      const answer = await perform(server, { method, target });
      assertError(answer, "BadRequest", /^No operation has the method /);
    });
  }

  it("refuses another account, and what is no account", async () => {
    for (const account of [
      "999988887777",
      "1111-2222-3333",
      "alice",
      "11112222333",
      "--",
      "%2D%2D",
    ]) {
      const answer = await perform(server, { method: "GET", target: `/${account}/vaults` });
      const shown = decodeURIComponent(account);
      assertError(answer, "AccessDeniedException", `Access denied for account ID: ${shown}`);
    }
  });

  it("refuses another account before it looks for the vault", async () => {
    const answer = await perform(server, { method: "GET", target: "/999988887777/vaults/absent" });
    assertError(answer, "AccessDeniedException", "Access denied for account ID: 999988887777");
  });

  it("reads an escaped hyphen as the caller's account", async () => {
    assert.equal((await perform(server, { method: "GET", target: "/%2D/vaults" })).status, 200);
  });
});

describe("request headers (contract §1.2)", () => {
  it("needs the API version, with the recorded text", async () => {
    const head = headOf(server, describeV);
    const headers = head.headers.filter(([name]) => name !== "x-amz-glacier-version");
    const signed = signHead({ ...head, headers }, new Uint8Array(), server.signing(REGION));
    assertError(
      await performHead(signed),
      "MissingParameterValueException",
      "Required parameter missing: API version",
    );
  });

  it("knows one API version", async () => {
    for (const version of ["2012-06-02", "latest", "2012-06-01, 2012-06-01"]) {
      const headers: HeaderList = [["x-amz-glacier-version", version]];
      const answer = await perform(server, { ...describeV, headers });
      assertError(
        answer,
        "InvalidParameterValueException",
        `Invalid x-amz-glacier-version: ${version}. The only API version is 2012-06-01.`,
      );
    }
  });

  it("names what is wrong in the order authentication, version, route, account, vault", async () => {
    const bad: HeaderList = [["x-amz-glacier-version", "1"]];
    const foreign = "/999988887777/vaults/absent";
    assertError(
      await performUnsigned({ method: "POST", target: foreign, headers: bad }),
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    );
    assertError(
      await perform(server, { method: "POST", target: foreign, headers: bad }),
      "InvalidParameterValueException",
      /glacier-version/,
    );
    assertError(await perform(server, { method: "POST", target: foreign }), "BadRequest", /POST/);
    const tags = "/999988887777/vaults/absent/tags?operation=add";
    assertError(
      await perform(server, { method: "POST", target: tags, body: "{" }),
      "AccessDeniedException",
      /999988887777/,
    );
    assertError(
      await perform(server, {
        method: "POST",
        target: tags.replace("999988887777", "-"),
        body: "{",
      }),
      "ResourceNotFoundException",
      "Vault not found for ARN: arn:aws:glacier:us-east-1:111122223333:vaults/absent",
    );
  });

  it("accepts any content type", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded; charset=utf-8",
      "/",
      "{}",
    ]) {
      const answer = await perform(server, {
        method: "POST",
        target: "/-/vaults/v/tags?operation=add",
        headers: [["Content-Type", type]],
        body: `{"Tags":{"type":"x"}}`,
      });
      assert.equal(answer.status, 204, type);
    }
  });

  it("accepts a payload hash where none is needed, and checks it", async () => {
    const tags = { method: "POST", target: "/-/vaults/v/tags?operation=add" };
    const body = `{"Tags":{"a":"b"}}`;
    const hash = sha256Hex(Buffer.from(body));
    const right = { ...tags, headers: [["x-amz-content-sha256", hash] as const], body };
    assert.equal((await perform(server, right)).status, 204);
    const wrong = { ...tags, headers: [["x-amz-content-sha256", ZERO_HASH] as const], body };
    assertError(
      await perform(server, wrong),
      "InvalidSignatureException",
      "The value passed in as x-amz-content-sha256 does not match the computed payload hash. " +
        `Computed digest: ${hash} expected hash: ${ZERO_HASH}`,
    );
  });

  it("knows neither unsigned nor streamed payloads", async () => {
    for (const hash of ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "E3B0", "x"]) {
      const headers: HeaderList = [["x-amz-content-sha256", hash]];
      const answer = await perform(server, { ...describeV, headers });
      assertError(
        answer,
        "InvalidParameterValueException",
        `Invalid x-amz-content-sha256: ${hash}. It must be the SHA-256 of the payload as 64 lower-case hex digits.`,
      );
    }
  });
});

describe("signatures (contract §1.3)", () => {
  it("refuses a request without authentication", async () => {
    assertError(
      await performUnsigned(describeV),
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    );
  });

  it("refuses an unknown key and an unknown session token", async () => {
    const text = "The security token included in the request is invalid.";
    assertError(
      await performAs(describeV, { accessKeyId: "AKIDUNKNOWNUNKNOWN00" }),
      "UnrecognizedClientException",
      text,
    );
    const token = { ...describeV, headers: [["x-amz-security-token", "token"] as const] };
    const signed = ["host", "x-amz-date", "x-amz-glacier-version", "x-amz-security-token"];
    assertError(await performOver(token, signed), "UnrecognizedClientException", text);
  });

  it("refuses a signature made with another secret", async () => {
    assertError(
      await performAs(describeV, { secretAccessKey: "x".repeat(40) }),
      "InvalidSignatureException",
      /^The request signature we calculated does not match the signature you provided\./,
    );
  });

  it("refuses what was changed after signing", async () => {
    const head = signHead(headOf(server, describeV), new Uint8Array(), server.signing(REGION));
    for (const changed of [
      { ...head, target: "/-/vaults/w" },
      { ...head, target: "/-/vaults/v?x=1" },
      { ...head, method: "DELETE" },
      {
        ...head,
        headers: head.headers.map(([n, v]): [string, string] => [n, n === "Host" ? "y" : v]),
      },
    ]) {
      assertError(
        await performHead(changed),
        "InvalidSignatureException",
        /^The request signature we calculated does not match the signature you provided\./,
      );
    }
  });

  it("refuses a late signature with the recorded text, five minutes after its date", async () => {
    const nowMs = Date.now();
    assert.equal((await performAs(describeV, { nowMs: nowMs - 295_000 })).status, 200);
    const answer = await performAs(describeV, { nowMs: nowMs - 302_000 });
    assertError(
      answer,
      "InvalidSignatureException",
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
    );
    const times = String(answer.json()["message"]).match(/\d{8}T\d{6}Z/g) ?? [];
    const [signedAt, earliest, now] = times.map(instantOf);
    assert.equal(signedAt, Math.floor((nowMs - 302_000) / 1000) * 1000);
    assert.equal(earliest, Number(now) - 300_000);
  });

  it("refuses an early signature with the recorded text, five minutes before its date", async () => {
    const nowMs = Date.now();
    assert.equal((await performAs(describeV, { nowMs: nowMs + 295_000 })).status, 200);
    const answer = await performAs(describeV, { nowMs: nowMs + 310_000 });
    assertError(
      answer,
      "InvalidSignatureException",
      /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
    );
    const times = String(answer.json()["message"]).match(/\d{8}T\d{6}Z/g) ?? [];
    const [, latest, now] = times.map(instantOf);
    assert.equal(latest, Number(now) + 300_000);
  });

  it("reads an Authorization header without spaces after its commas", async () => {
    const signed = ["host", "x-amz-date", "x-amz-glacier-version"];
    assert.equal((await performOver(describeV, signed, { separator: "," })).status, 200);
  });

  it("takes the signing date from a Date header in ISO basic form", async () => {
    const signed = ["date", "host", "x-amz-glacier-version"];
    assert.equal((await performOver(describeV, signed, { dateHeader: "Date" })).status, 200);
  });

  it("lets x-amz-date win over an RFC 2616 date", async () => {
    const headers: HeaderList = [["Date", new Date(0).toUTCString()]];
    assert.equal((await perform(server, { ...describeV, headers })).status, 200);
  });

  it("refuses a signature that leaves out the host or an x-amz header", async () => {
    assertError(
      await performOver(describeV, ["x-amz-date", "x-amz-glacier-version"]),
      "InvalidSignatureException",
      "'Host' must be a 'SignedHeader' in the AWS Authorization.",
    );
    assertError(
      await performOver(describeV, ["host", "x-amz-date"]),
      "InvalidSignatureException",
      "There were headers present in the request which were not signed: x-amz-glacier-version",
    );
  });

  it("refuses an Authorization header that can't be read", async () => {
    const day = formatIsoBasic(Date.now());
    const credential = `Credential=A/${day.slice(0, 8)}/r/glacier/aws4_request`;
    const rows: [string, string, RegExp][] = [
      ["AWS4-HMAC-SHA256", "BadRequest", /^Authorization must hold Credential=/],
      ["AWS4-HMAC-SHA256 garbage", "BadRequest", /^Authorization must hold Credential=/],
      ["AWS akid:signature", "InvalidSignatureException", /^Unsupported signing algorithm 'AWS'/],
      [`AWS4-HMAC-SHA256 ${credential}`, "InvalidSignatureException", /'SignedHeaders'/],
      [
        "AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=host;x-amz-date, Signature=x",
        "InvalidSignatureException",
        /^(Credential|Signature) must be /,
      ],
    ];
    for (const [value, code, message] of rows) {
      const headers: HeaderList = [
        ["x-amz-date", day],
        ["Authorization", value],
      ];
      assertError(await performUnsigned({ ...describeV, headers }), code, message);
    }
  });

  it("refuses a scope of another day than the signing date", async () => {
    const day = formatIsoBasic(Date.now());
    const value =
      `AWS4-HMAC-SHA256 Credential=${server.signing(REGION).accessKeyId}/20120525/us-east-1/glacier/aws4_request, ` +
      `SignedHeaders=host;x-amz-date;x-amz-glacier-version, Signature=${ZERO_HASH}`;
    const headers: HeaderList = [
      ["x-amz-date", day],
      ["Authorization", value],
    ];
    assertError(
      await performUnsigned({ ...describeV, headers }),
      "InvalidSignatureException",
      /^Date in Credential scope does not match YYYYMMDD /,
    );
  });

  it("verifies values with leading, trailing and repeated spaces", async () => {
    const region = "folded-1";
    await created("v", region);
    for (const value of ["two  spaces", "  led and followed  ", "a   b    c"]) {
      const headers: HeaderList = [["x-amz-archive-description", value]];
      const answer = await perform(server, { ...uploadCall(Buffer.from("x"), headers), region });
      assert.equal(answer.status, 201, value);
    }
  });

  it("encodes the path twice, the query once", async () => {
    for (const target of ["/-/vaults/a%20b%3Ac/tags", "/-/vaults/v/archives/a%2Fb%25c"]) {
      const method = target.endsWith("tags") ? "GET" : "DELETE";
      assert.equal((await perform(server, { method, target })).status, 404, target);
    }
    const marker = "arn%3Aaws%3Aglacier%3Aus-east-1%3A111122223333%3Avaults%2Fx";
    const target = `/-/vaults?marker=${marker}&limit=1`;
    assert.equal((await perform(server, { method: "GET", target })).status, 200);
  });

  function instantOf(basic: string): number {
    return Date.parse(basic.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
  }
});

describe("presigned requests (contract §1.3)", () => {
  async function performPresigned(head: WireHead, nowMs = Date.now()): Promise<WireAnswer> {
    const signing = { ...server.signing(REGION), nowMs, expiresSeconds: 60 };
    return performHead(presignHead(head, new Uint8Array(), signing));
  }

  const versionInQuery: WireHead = {
    method: "GET",
    target: "/-/vaults/v?x-amz-glacier-version=2012-06-01",
    headers: [["Host", "glacier.us-east-1.amazonaws.com"]],
  };

  it("are accepted with the version as a signed header", async () => {
    assert.equal((await performPresigned(headOf(server, describeV))).status, 200);
  });

  it("are accepted with the version in the query, as the SDK for JavaScript v3 sends it", async () => {
    assert.equal((await performPresigned(versionInQuery)).status, 200);
  });

  it("need the version somewhere", async () => {
    assertError(
      await performPresigned({ ...versionInQuery, target: "/-/vaults/v" }),
      "MissingParameterValueException",
      "Required parameter missing: API version",
    );
  });

  it("are accepted with the version as a header beside a URL of boto3, which leaves it out", async () => {
    const signing = { ...server.signing(REGION), expiresSeconds: 60 };
    const url = { ...versionInQuery, target: "/-/vaults/v" };
    const head = presignHead(url, new Uint8Array(), signing);
    const withHeader = (name: string, value: string) =>
      performHead({ ...head, headers: [...head.headers, [name, value]] });
    assert.equal((await withHeader("x-amz-glacier-version", "2012-06-01")).status, 200);
    assertError(
      await withHeader("x-amz-archive-description", "unsigned"),
      "InvalidSignatureException",
      /x-amz-archive-description/,
    );
  });

  it("prefer the version in the header to the one in the query", async () => {
    const target = "/-/vaults/v?x-amz-glacier-version=1";
    assert.equal((await performPresigned({ ...headOf(server, describeV), target })).status, 200);
  });

  it("may not carry the version in the query of a request signed by a header", async () => {
    const head = { ...versionInQuery };
    const signed = signHead(head, new Uint8Array(), server.signing(REGION));
    assertError(
      await performHead(signed),
      "MissingParameterValueException",
      "Required parameter missing: API version",
    );
  });

  it("end with their stated time", async () => {
    const signed = await performPresigned(versionInQuery, Date.now() - 62_000);
    assertError(
      signed,
      "InvalidSignatureException",
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z$/,
    );
    assert.equal((await performPresigned(versionInQuery, Date.now() - 50_000)).status, 200);
  });

  it("are refused when a parameter was changed", async () => {
    const signing = { ...server.signing(REGION), expiresSeconds: 60 };
    const head = presignHead(versionInQuery, new Uint8Array(), signing);
    for (const [from, to] of [
      ["X-Amz-Expires=60", "X-Amz-Expires=61"],
      ["/-/vaults/v", "/-/vaults/w"],
    ] as const) {
      assertError(
        await performHead({ ...head, target: head.target.replace(from, to) }),
        "InvalidSignatureException",
        /^The request signature we calculated does not match/,
      );
    }
  });

  it("are refused with an Authorization header as well", async () => {
    const signing = { ...server.signing(REGION), expiresSeconds: 60 };
    const head = presignHead(versionInQuery, new Uint8Array(), signing);
    const headers: HeaderList = [...head.headers, ["Authorization", "AWS4-HMAC-SHA256 x"]];
    assertError(
      await performHead({ ...head, headers }),
      "BadRequest",
      "Only one form of authentication is allowed: the Authorization header or X-Amz-* parameters.",
    );
  });
});

describe("JSON bodies (contract §1.6)", () => {
  const tags = { method: "POST", target: "/-/vaults/v/tags?operation=add" };

  it("count as empty when blank or null", async () => {
    for (const body of ["", " \r\n\t", "{}", "null", `{"Tags":null}`]) {
      const answer = await perform(server, { ...tags, body });
      const text = "Required parameter missing: Tags";
      assertError(answer, "MissingParameterValueException", text);
    }
  });

  it("may have members that nobody knows", async () => {
    const body = `{"Tags":{"a":"b"},"tags":1,"__proto__":{"x":1},"constructor":null}`;
    assert.equal((await perform(server, { ...tags, body })).status, 204);
  });

  it("are refused when they are no JSON object of the right types", async () => {
    const rows: [string, RegExp][] = [
      ["{", /not well-formed JSON/],
      [`{"Tags":{"a":"b"},}`, /not well-formed JSON/],
      [`{"Tags" {"a":"b"}}`, /not well-formed JSON/],
      [`{'Tags':{}}`, /not well-formed JSON/],
      ["\ufeff{}", /not well-formed JSON/],
      ["{} {}", /not well-formed JSON/],
      ["[]", /^The request body must be a JSON object; got a list$/],
      [`"x"`, /^The request body must be a JSON object; got a string$/],
      ["7", /^The request body must be a JSON object; got a number$/],
      ["true", /^The request body must be a JSON object; got a boolean$/],
      [`{"Tags":[]}`, /^Tags must be a JSON object; got a list$/],
      [`{"Tags":"x"}`, /^Tags must be a JSON object; got a string$/],
      [`{"Tags":{"a":null}}`, /^Tags\.a must not be null$/],
      [`{"Tags":{"a":{}}}`, /^Tags\.a must be a string; got an object$/],
      [`{"Tags":{"a":9007199254740993}}`, /^Tags\.a must be a string; got a number$/],
    ];
    for (const [body, message] of rows) {
      assertError(await perform(server, { ...tags, body }), "SerializationException", message);
    }
  });

  it("are refused when they are not UTF-8", async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const answer = await perform(server, { ...tags, body });
    assertError(answer, "BadRequest", "The request body is not UTF-8");
  });

  it("may be 2 MiB long and not a byte longer", async () => {
    const json = `{"Tags":{"long":"yes"}}`;
    const padded = (length: number) => json.padEnd(length, " ");
    for (const length of [JSON_BODY_MAX_BYTES - 1, JSON_BODY_MAX_BYTES]) {
      assert.equal((await perform(server, { ...tags, body: padded(length) })).status, 204);
    }
    const length = JSON_BODY_MAX_BYTES + 1;
    assertError(
      await perform(server, { ...tags, body: padded(length) }),
      "InvalidParameterValueException",
      `Invalid Content-Length: ${length}. The body of this request must be at most 2097152 bytes.`,
    );
  });
});

describe("limits (contract §1.10)", () => {
  it("a vault's name has 1 to 255 characters", async () => {
    const region = "names-1";
    for (const length of [1, 254, 255]) {
      await created("n".repeat(length), region);
    }
    const target = `/-/vaults/${"n".repeat(256)}`;
    assertError(
      await perform(server, { method: "PUT", target, region }),
      "InvalidParameterValueException",
      `Invalid vault name: ${"n".repeat(256)}`,
    );
  });

  it("a vault's name consists of letters, digits and three signs", async () => {
    const region = "names-2";
    for (const name of ["a", "Z", "0", "_", ".", "-", "..", "a.b_c-D9"]) {
      await created(name, region);
    }
    for (const name of ["a b", "a/b", "ä", "a\u0000", "*", "a+b", "~", "%"]) {
      const target = `/-/vaults/${encodeURIComponent(name).replaceAll("*", "%2A")}`;
      assertError(
        await perform(server, { method: "PUT", target, region }),
        "InvalidParameterValueException",
        `Invalid vault name: ${name}`,
      );
      assertError(
        await perform(server, { method: "GET", target, region }),
        "ResourceNotFoundException",
        `Vault not found for ARN: ${name}`,
      );
    }
  });

  it("an account has 1000 vaults per region, and known names stay welcome", async () => {
    const region = "crowded-1";
    const names = Array.from({ length: 1000 }, (_, index) => `v${index}`);
    while (names.length > 0) {
      await Promise.all(names.splice(0, 50).map((name) => created(name, region)));
    }
    const answer = await perform(server, { method: "PUT", target: "/-/vaults/one-more", region });
    assertError(answer, "LimitExceededException", /1000 vaults/);
    await created("v999", region);
    await created("one-more", "roomy-1");
    const target = "/-/vaults/v0";
    assert.equal((await perform(server, { method: "DELETE", target, region })).status, 204);
    await created("one-more", region);
  });

  it("a vault has 50 tags, and a request that passes them changes nothing", async () => {
    await created("tagged");
    const target = "/-/vaults/tagged/tags";
    const add = async (tags: Record<string, string>) =>
      perform(server, {
        method: "POST",
        target: `${target}?operation=add`,
        body: JSON.stringify({ Tags: tags }),
      });
    const numbered = (from: number, to: number) =>
      Object.fromEntries(
        Array.from({ length: to - from }, (_, index) => [`k${from + index}`, "x"]),
      );
    assert.equal((await add(numbered(0, 49))).status, 204);
    assertError(await add(numbered(49, 51)), "LimitExceededException", /51 tags/);
    assert.equal((await add(numbered(49, 50))).status, 204);
    assert.equal((await add({ k0: "replaced" })).status, 204);
    assertError(await add({ k0: "again", k50: "x" }), "LimitExceededException", /51 tags/);
    const listed = (await perform(server, { method: "GET", target })).json()["Tags"];
    assert.deepEqual(listed, { ...numbered(0, 50), k0: "replaced" });
  });

  it("tag keys have 1 to 128 and tag values 0 to 255 characters of any script", async () => {
    const add = async (key: string, value: string) =>
      perform(server, {
        method: "POST",
        target: "/-/vaults/v/tags?operation=add",
        body: JSON.stringify({ Tags: { [key]: value } }),
      });
    // A letter outside the basic plane: one character, two code units.
    const letter = "\u{1d49c}";
    for (const [key, value] of [
      ["k", ""],
      ["k".repeat(127), "v".repeat(254)],
      ["k".repeat(128), "v".repeat(255)],
      [letter.repeat(128), letter.repeat(255)],
      ["AWS", "a_b./=+-@ c"],
    ] as const) {
      assert.equal((await add(key, value)).status, 204, key);
    }
    for (const [key, value] of [
      ["", "x"],
      ["k".repeat(129), "x"],
      [letter.repeat(129), "x"],
      ["k", "v".repeat(256)],
      ["aws:x", "x"],
      ["a:b", "x"],
      ["a\n", "x"],
      ["k", "v\u0000"],
    ] as const) {
      assertError(await add(key, value), "InvalidParameterValueException", /^Invalid tag /);
    }
  });

  it("a call removes 1 to 50 tag keys", async () => {
    const remove = async (count: number) =>
      perform(server, {
        method: "POST",
        target: "/-/vaults/v/tags?operation=remove",
        body: JSON.stringify({ TagKeys: Array.from({ length: count }, (_, index) => `k${index}`) }),
      });
    for (const count of [1, 49, 50]) {
      assert.equal((await remove(count)).status, 204);
    }
    for (const count of [0, 51]) {
      assertError(await remove(count), "InvalidParameterValueException", /^Invalid TagKeys: /);
    }
  });

  it("descriptions have up to 1024 characters from 0x20 to 0x7E", async () => {
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const described = async (value: string) =>
      perform(server, uploadCall(Buffer.from("x"), [["x-amz-archive-description", value]]));
    const job = async (Description: string) =>
      perform(server, {
        method: "POST",
        target: "/-/vaults/v/jobs",
        body: JSON.stringify({ Type: "inventory-retrieval", Description }),
      });
    for (const text of ["d".repeat(1023), "d".repeat(1024), printable.join("")]) {
      assert.equal((await described(text)).status, 201);
      assert.equal((await job(text)).status, 202);
    }
    assertError(await described("d".repeat(1025)), "InvalidParameterValueException", /1025/);
    for (const text of ["d".repeat(1025), "a\tb", "a\u007f", "a\nb", "\u00e9"]) {
      assertError(await job(text), "InvalidParameterValueException", /^Invalid Description: /);
    }
  });

  it("an upload has 1 byte to 4 GiB, decided before its body is read", async () => {
    assert.equal((await perform(server, uploadCall(Buffer.from("x")))).status, 201);
    const announce = async (length: string) => {
      const headers: HeaderList = [
        ["Content-Length", length],
        ["Expect", "100-continue"],
        ["x-amz-content-sha256", ZERO_HASH],
        ["x-amz-sha256-tree-hash", ZERO_HASH],
      ];
      const call = { method: "POST", target: "/-/vaults/v/archives", headers };
      const wire = await openWire(server.port);
      await wire.send(signedBytes(server, call));
      return wire;
    };
    for (const length of ["0", "4294967297", "38505164800"]) {
      const wire = await announce(length);
      const answer = await wire.receive();
      assert.deepEqual(answer.interim, []);
      assertError(answer, "InvalidParameterValueException", `Invalid Content-Length: ${length}`);
      wire.destroy();
    }
    for (const length of ["4294967295", "4294967296"]) {
      const wire = await announce(length);
      const interim = await wire.receiveInterim();
      assert.equal(interim, 100);
      wire.destroy();
    }
  });

  it("a part is 1 MiB to 4 GiB, a power of two", async () => {
    const initiate = async (size: number) =>
      perform(server, {
        method: "POST",
        target: "/-/vaults/v/multipart-uploads",
        headers: [["x-amz-part-size", String(size)]],
      });
    for (const size of [MIB, 2 * MIB, 2048 * MIB, 4096 * MIB]) {
      assert.equal((await initiate(size)).status, 201, String(size));
    }
    for (const size of [MIB - 1, MIB + 1, 3 * MIB, 4096 * MIB - 1, 4096 * MIB + 1, 8192 * MIB]) {
      assertError(
        await initiate(size),
        "InvalidParameterValueException",
        `Invalid part size: ${size}. Part size must not be null, must be a power of two and be ` +
          "between 1048576 and 4294967296 bytes.",
      );
    }
  });

  it("an inventory job's limit is a whole number of at least 1 without an upper bound", async () => {
    const job = async (Limit: unknown) =>
      perform(server, {
        method: "POST",
        target: "/-/vaults/v/jobs",
        body: JSON.stringify({
          Type: "inventory-retrieval",
          InventoryRetrievalParameters: { Limit },
        }),
      });
    for (const limit of ["1", 1, "10001", "99999999999999999999"]) {
      assert.equal((await job(limit)).status, 202, String(limit));
    }
    for (const limit of ["0", 0, -1, "x", "1.5", 1.5]) {
      assertError(await job(limit), "InvalidParameterValueException", /^Invalid Limit: /);
    }
  });
});

describe("paging (contract §1.11)", () => {
  interface List {
    readonly target: string;
    readonly member: string;
    readonly idOf: (item: Record<string, unknown>) => unknown;
    readonly region: string;
  }

  async function walk(list: List, limit: number | undefined, between = async () => {}) {
    const pages: unknown[][] = [];
    let marker: unknown = "";
    while (marker !== null) {
      const limited = limit === undefined ? "" : `limit=${limit}&`;
      const target = `${list.target}?${limited}marker=${encodeURIComponent(String(marker))}`;
      const answer = await perform(server, { method: "GET", target, region: list.region });
      assert.equal(answer.status, 200, answer.body.toString());
      const page = answer.json();
      pages.push((page[list.member] as Record<string, unknown>[]).map(list.idOf));
      assert.ok("Marker" in page);
      marker = page["Marker"];
      await between();
    }
    return pages;
  }

  /** Every page size visits all `ids` once; pages are never longer than asked for. */
  async function assertWalks(list: List, ids: readonly unknown[], maximum: number): Promise<void> {
    for (const limit of [undefined, 1, 2, maximum - 1, maximum, maximum + 1, 1000]) {
      const pages = await walk(list, limit);
      assert.deepEqual(pages.flat().sort(), [...ids].sort());
      const longest = Math.max(...pages.map((page) => page.length));
      assert.ok(longest <= Math.min(limit ?? maximum, maximum), `${limit}: ${longest}`);
    }
    const whole = await walk(list, undefined);
    assert.equal(whole[0]?.length, Math.min(maximum, ids.length));
  }

  it("visits every vault once, 10 at most at a time", async () => {
    const region = "paging-1";
    const names = Array.from({ length: 23 }, (_, index) => `v${index}`);
    await Promise.all(names.map((name) => created(name, region)));
    const idOf = (item: Record<string, unknown>) => item["VaultName"];
    const list = { target: "/-/vaults", member: "VaultList", idOf, region };
    await assertWalks(list, names, 10);
    assert.deepEqual((await walk(list, 7)).flat(), [...names].sort());
  });

  it("visits the vaults that stay once while others come and go", async () => {
    const region = "paging-2";
    const stay = Array.from({ length: 9 }, (_, index) => `stay${index}`);
    const go = Array.from({ length: 9 }, (_, index) => `go${index}`);
    await Promise.all([...stay, ...go].map((name) => created(name, region)));
    const leaving = [...go];
    const idOf = (item: Record<string, unknown>) => item["VaultName"];
    const list = { target: "/-/vaults", member: "VaultList", idOf, region };
    const pages = await walk(list, 2, async () => {
      const target = `/-/vaults/${leaving.pop() ?? "none"}`;
      await perform(server, { method: "DELETE", target, region });
      await created(`zcame${leaving.length}`, region);
    });
    const seen = pages.flat().filter((name) => String(name).startsWith("stay"));
    assert.deepEqual(seen, stay);
  });

  it("visits every upload, part and job once, 50 at most at a time", async () => {
    const region = "paging-3";
    await created("p", region);
    const count = 53;
    const uploads = await Promise.all(
      Array.from({ length: count }, () => uploadStarted(region, "p")),
    );
    const idOf = (item: Record<string, unknown>) => item["MultipartUploadId"];
    const target = "/-/vaults/p/multipart-uploads";
    await assertWalks({ target, member: "UploadsList", idOf, region }, uploads, 50);

    const upload = `${target}/${uploads[0]}`;
    const body = Buffer.from("x");
    const starts = Array.from({ length: count }, (_, index) => index * MIB);
    for (const start of starts) {
      const headers: HeaderList = [
        ...hashHeaders(body),
        ["Content-Range", `bytes ${start}-${start}/*`],
      ];
      await perform(server, { method: "PUT", target: upload, headers, body, region });
    }
    const rangeOf = (item: Record<string, unknown>) => item["RangeInBytes"];
    const ranges = starts.map((start) => `${start}-${start}`);
    await assertWalks({ target: upload, member: "Parts", idOf: rangeOf, region }, ranges, 50);

    const jobBody = `{"Type":"inventory-retrieval"}`;
    const jobs = "/-/vaults/p/jobs";
    const ids: unknown[] = [];
    for (let index = 0; index < count; index += 1) {
      const call = { method: "POST", target: jobs, body: jobBody, region };
      ids.push((await perform(server, call)).header("x-amz-job-id"));
    }
    const jobIdOf = (item: Record<string, unknown>) => item["JobId"];
    await assertWalks({ target: jobs, member: "JobList", idOf: jobIdOf, region }, ids, 50);
  });

  it("refuses garbled markers in all four lists", async () => {
    const uploadId = await uploadStarted();
    for (const list of [
      "/-/vaults",
      "/-/vaults/v/jobs",
      "/-/vaults/v/multipart-uploads",
      `/-/vaults/v/multipart-uploads/${uploadId}`,
    ]) {
      for (const marker of ["garbled", "null", "0", "%20", "-", "A".repeat(500)]) {
        const target = `${list}?marker=${marker}`;
        const answer = await perform(server, { method: "GET", target });
        const shown = decodeURIComponent(marker);
        assertError(answer, "InvalidParameterValueException", `Invalid marker: ${shown}`);
      }
    }
  });
});
