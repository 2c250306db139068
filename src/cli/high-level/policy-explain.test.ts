import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { policy } from "./policy-explain.ts";

const ARN = "arn:aws:glacier:us-east-1:111122223333:vaults/photos";
const ORIGIN = {
  PolicyKind: "vault-lock",
  PolicyName: "vault lock policy",
  StatementIndex: 0,
  Sid: "keep",
};
const DENIED = {
  Principal: "arn:aws:iam::111122223333:root",
  Action: "glacier:DeleteArchive",
  Resource: ARN,
  Allowed: false,
  Reason: "explicit-deny",
  DecidedBy: ORIGIN,
  Missing: [],
  Statements: [
    { ...ORIGIN, Effect: "Deny", Matches: true, Reach: "directly", FailedElement: null },
    {
      ...{ PolicyKind: "identity", PolicyName: "inline", StatementIndex: 1, Sid: null },
      ...{ Effect: "Allow", Matches: false, Reach: null, FailedElement: "Action" },
    },
  ],
};
const QUESTION = ["explain", "--principal", DENIED.Principal, "--action", DENIED.Action];

/** Runs the command against a service that answers with `answer`. */
async function run(words: readonly string[], answer: object = DENIED, status = 200) {
  const output = { stdout: "", stderr: "" };
  const requests: { url: string; body: unknown }[] = [];
  const terminal = {
    stdout: (text: string) => {
      output.stdout += text;
    },
    stderr: (text: string) => {
      output.stderr += text;
    },
  };
  const code = await policy(words, terminal, {
    env: { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "secret" },
    fetch: async (url, init) => {
      requests.push({ url: String(url), body: JSON.parse(String(init?.body)) });
      return Response.json(answer, { status });
    },
    nowMs: () => 0,
  });
  return { code, ...output, requests };
}

describe("moraine policy explain", () => {
  it("asks for exactly what it is given", async () => {
    const circumstances = ["--archive-age", "30", "--source-ip", "10.0.0.1"];
    const place = ["--vault", "photos", "--region", "eu-west-1"];
    const { requests } = await run([...QUESTION, ...place, ...circumstances]);
    assert.deepEqual(requests, [
      {
        url: "http://127.0.0.1:9721/admin/v1/policy/explain",
        body: {
          Principal: DENIED.Principal,
          Action: DENIED.Action,
          Vault: "photos",
          Region: "eu-west-1",
          ArchiveAgeInDays: 30,
          SourceIp: "10.0.0.1",
        },
      },
    ]);
  });

  it("names the statement that decided, then every statement with what it did", async () => {
    const { code, stdout } = await run(QUESTION);
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `denied: a Deny in the vault lock policy, statement 0 ("keep")
  principal  arn:aws:iam::111122223333:root
  action     glacier:DeleteArchive
  resource   ${ARN}
statements
  applies         Deny in the vault lock policy, statement 0 ("keep")
  does not apply  Allow in policy "inline" of the user, statement 1: Action does not fit
`,
    );
  });

  it("says when no statement decided", async () => {
    const undecided = { ...DENIED, DecidedBy: null, Statements: [] };
    const lacking = { Reason: "implicit-deny", Missing: ["identity", "resource"] };
    const { stdout: denied } = await run(QUESTION, { ...undecided, ...lacking });
    assert.match(
      denied,
      /^denied: no Allow in the policies of the principal nor in the policies of the vault\n/,
    );
    const root = { Allowed: true, Reason: "owner-root" };
    const { stdout: allowed } = await run(QUESTION, { ...undecided, ...root });
    assert.match(
      allowed,
      /^allowed: the root of the vault's account .*\n[\s\S]*\nno statements\n$/,
    );
  });

  it("ends with 2 for missing or wrong words, and sends nothing", async () => {
    for (const words of [["explain"], [...QUESTION, "--archive-age", "-1"], ["other"]]) {
      const { code, requests, stderr } = await run(words);
      assert.deepEqual([code, requests], [2, []], words.join(" "));
      assert.notEqual(stderr, "");
    }
  });

  it("ends with 1 and the service's words when it refuses", async () => {
    const { code, stderr } = await run(QUESTION, { code: "BadRequest", message: "no" }, 400);
    assert.deepEqual([code, stderr], [1, "moraine policy: BadRequest: no\n"]);
  });
});
