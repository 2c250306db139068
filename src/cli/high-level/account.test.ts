import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { account } from "./account.ts";

const CREDENTIALS = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "secret" };

/** Runs the command against a service that answers with `answer`. */
async function run(
  words: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly answer?: () => Response | Promise<Response>;
  } = {},
) {
  const output = { stdout: "", stderr: "" };
  const requests: { url: string; method: string | undefined; body: unknown }[] = [];
  const code = await account(
    words,
    {
      stdout: (text) => {
        output.stdout += text;
      },
      stderr: (text) => {
        output.stderr += text;
      },
    },
    {
      env: options.env ?? CREDENTIALS,
      fetch: async (url, init) => {
        requests.push({ url: String(url), method: init?.method, body: init?.body });
        return (options.answer ?? (() => Response.json({})))();
      },
      nowMs: () => 0,
    },
  );
  return { code, ...output, requests };
}

describe("moraine account create", () => {
  const made = { AccountId: "222233334444", AccessKeyId: "MORA1", SecretAccessKey: "s" };

  it("prints what was made as one JSON object", async () => {
    const result = await run(["create", "--account-id", "222233334444"], {
      answer: () => Response.json(made, { status: 201 }),
    });
    assert.deepEqual(
      { ...result, stdout: JSON.parse(result.stdout) },
      {
        code: 0,
        stdout: made,
        stderr: "",
        requests: [
          {
            url: "http://127.0.0.1:9721/admin/v1/accounts",
            method: "POST",
            body: '{"AccountId":"222233334444"}',
          },
        ],
      },
    );
  });

  it("asks the listener that --admin-url names, for any id", async () => {
    const result = await run(["create", "--admin-url", "http://[::1]:1234"]);
    assert.deepEqual(result.requests, [
      { url: "http://[::1]:1234/admin/v1/accounts", method: "POST", body: "{}" },
    ]);
  });

  it("ends with 3 without credentials and sends nothing", async () => {
    for (const env of [{}, { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "" }]) {
      const result = await run(["create"], { env });
      assert.deepEqual([result.code, result.requests], [3, []]);
      assert.match(
        result.stderr,
        /no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
      );
    }
  });

  it("ends with 4 when nobody answers, and says where it looked", async () => {
    const result = await run(["create"], {
      answer: () => {
        throw new TypeError("fetch failed", {
          cause: Object.assign(new Error(), { code: "ECONNREFUSED" }),
        });
      },
    });
    assert.equal(result.code, 4);
    assert.match(result.stderr, /http:\/\/127\.0\.0\.1:9721 can't be reached: ECONNREFUSED/);
  });

  it("ends with 1 when the service refuses and with 4 when it fails", async () => {
    for (const [status, code] of [
      [409, 1],
      [500, 4],
    ] as const) {
      const answer = () => Response.json({ code: "Reason", message: "in words" }, { status });
      const result = await run(["create"], { answer });
      assert.deepEqual([result.code, result.stderr], [code, "moraine account: Reason: in words\n"]);
    }
  });

  it("ends with 2 for wrong words and sends nothing", async () => {
    const wrong = [
      [],
      ["remove"],
      ["create", "--account"],
      ["create", "extra"],
      ["create", "--account-id", "12"],
      ["create", "--account-id"],
      ["create", "--admin-url", "localhost:9721"],
      ["create", "--admin-url", "nowhere"],
    ];
    for (const words of wrong) {
      const result = await run(words);
      assert.deepEqual([result.code, result.requests], [2, []], words.join(" "));
      assert.notEqual(result.stderr, "", words.join(" "));
      assert.equal(result.stdout, "", words.join(" "));
    }
  });

  it("explains itself on --help", async () => {
    for (const words of [["--help"], ["create", "--help"]]) {
      const result = await run(words);
      assert.deepEqual([result.code, result.stderr], [0, ""]);
      assert.match(result.stdout, /moraine account/);
    }
  });
});

describe("moraine account list", () => {
  it("follows the markers and prints all accounts as one JSON object", async () => {
    const [first, second] = [{ AccountId: "1" }, { AccountId: "2" }];
    const pages = [
      { Accounts: [first], Marker: "222233334444" },
      { Accounts: [second], Marker: null },
    ];
    const result = await run(["list"], { answer: () => Response.json(pages.shift()) });
    assert.deepEqual(JSON.parse(result.stdout), { Accounts: [first, second] });
    assert.deepEqual(
      result.requests.map(({ url }) => url.replace("http://127.0.0.1:9721", "")),
      ["/admin/v1/accounts", "/admin/v1/accounts?marker=222233334444"],
    );
  });
});
