import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { iam } from "../protocol/query/iam.ts";
import { formatQueryError, formatQueryResult } from "../protocol/query/query-xml.ts";
import { callQuery, QueryRefusal, QueryUnreachable } from "./query-client.ts";

const SECRET = "secretsecretsecretsecretsecretsecret0001";

async function call(
  answer: () => Response | Promise<Response>,
  input: Record<string, string | undefined> = {},
) {
  const requests: { url: string; headers: Headers; body: string }[] = [];
  const output = await callQuery(iam, "ListUsers", input, {
    endpoint: new URL("http://127.0.0.1:9720/"),
    region: "us-east-1",
    credentials: async () => ({ accessKeyId: "AKIDTEST000000000001", secretAccessKey: SECRET }),
    fetch: async (url, init) => {
      requests.push({
        url: String(url),
        headers: new Headers(init?.headers),
        body: String(init?.body),
      });
      return answer();
    },
    nowMs: () => Date.UTC(2026, 0, 2),
  });
  return { output, requests };
}

describe("a call of the query protocol", () => {
  it("is a signed form, and its answer is read by the action's row", async () => {
    const bob = {
      Path: "/",
      UserName: "bob <&>",
      UserId: "AID1",
      Arn: "arn:aws:iam::1:user/bob",
      CreateDate: 0,
    };
    const text = formatQueryResult(
      iam,
      "ListUsers",
      { Users: [bob], IsTruncated: false, Marker: null },
      "id",
    );
    const { output, requests } = await call(() => new Response(text), {
      PathPrefix: "/a b&c/",
      Marker: undefined,
    });
    const shown = { ...bob, CreateDate: "1970-01-01T00:00:00.000Z" };
    assert.deepEqual(output, { Users: [shown], IsTruncated: false });
    assert.equal(requests[0]?.body, "Action=ListUsers&Version=2010-05-08&PathPrefix=%2Fa+b%26c%2F");
    const authorization = requests[0]?.headers.get("authorization") ?? "";
    assert.match(authorization, /Credential=AKIDTEST000000000001\/20260102\/us-east-1\/iam\//);
    assert.ok(!JSON.stringify([...(requests[0]?.headers ?? [])]).includes(SECRET));
  });

  it("tells the service's refusals from answers of something else and from silence", async () => {
    const error = { status: 404, code: "NoSuchEntity", message: "no <bob>" };
    const refusal = formatQueryError(iam, error, "id");
    await assert.rejects(
      call(() => new Response(refusal, { status: 404 })),
      (thrown: QueryRefusal) => {
        assert.ok(thrown instanceof QueryRefusal);
        assert.deepEqual([thrown.status, thrown.code, thrown.message], Object.values(error));
        return true;
      },
    );
    for (const [body, status] of [
      ["<html></html>", 200],
      ["{}", 404],
      ["", 200],
    ] as const) {
      await assert.rejects(
        call(() => new Response(body, { status })),
        QueryUnreachable,
      );
    }
    const silent = () => Promise.reject(Object.assign(new Error("x"), { code: "ECONNREFUSED" }));
    await assert.rejects(call(silent), /127\.0\.0\.1:9720 can't be reached: ECONNREFUSED/);
  });
});
