import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSections } from "./config-files.ts";
import { type CredentialSources, resolveCredentials } from "./resolve-credentials.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/secret";
const profiles = parseSections(
  `[static]
aws_access_key_id = AKIDPROFILE
aws_secret_access_key = ${SECRET}
aws_session_token = profile-token
[role]
role_arn = arn:aws:iam::1:role/r
aws_access_key_id = AKIDPROFILE
aws_secret_access_key = ${SECRET}
[partial]
aws_access_key_id = AKIDPARTIAL
`,
  "/c",
);
const env = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: SECRET };

function resolve(sources: Partial<CredentialSources>) {
  return resolveCredentials({
    env: {},
    files: { profiles, services: new Map(), configPath: "/c", credentialsPath: "/k" },
    profileName: "static",
    profileByFlag: false,
    region: "us-east-1",
    loadChain: async ({ profile }) => {
      return async () => ({ accessKeyId: `chain ${profile}`, secretAccessKey: "s" });
    },
    ...sources,
  });
}

describe("resolveCredentials", () => {
  it("prefers the environment, with its session token", async () => {
    const provide = resolve({ env: { ...env, AWS_SESSION_TOKEN: "t" } });
    assert.deepEqual(await provide(), {
      accessKeyId: "AKIDENV",
      secretAccessKey: SECRET,
      sessionToken: "t",
    });
  });

  it("prefers a profile that a flag names to the environment", async () => {
    assert.deepEqual(await resolve({ env, profileByFlag: true })(), {
      accessKeyId: "AKIDPROFILE",
      secretAccessKey: SECRET,
      sessionToken: "profile-token",
    });
  });

  it("asks the chain for a profile without static keys and for one with a role", async () => {
    for (const profileName of ["role", "absent"]) {
      const { accessKeyId } = await resolve({ profileName })();
      assert.equal(accessKeyId, `chain ${profileName}`);
    }
  });

  it("loads the chain once, and not before credentials are asked for", async () => {
    let loads = 0;
    const loadChain = async () => {
      loads += 1;
      return async () => ({ accessKeyId: "A", secretAccessKey: "s" });
    };
    const provide = resolve({ profileName: "role", loadChain });
    assert.equal(loads, 0);
    await provide();
    await provide();
    assert.equal(loads, 1);
  });

  it("names what is missing of partial credentials, and no secret", () => {
    assert.throws(() => resolve({ profileName: "partial" }), {
      name: "ClientConfigError",
      message:
        "Partial credentials found in shared-credentials-file, missing: aws_secret_access_key",
    });
    assert.throws(
      () => resolve({ env: { AWS_ACCESS_KEY_ID: "AKIDENV" } }),
      /Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY/,
    );
  });

  it("says how to configure credentials when there are none", async () => {
    const loadChain = async () => async () => {
      throw new Error("Could not load credentials from any providers");
    };
    await assert.rejects(resolve({ profileName: "role", loadChain })(), {
      name: "ClientConfigError",
      message:
        'Unable to locate credentials. You can configure credentials by running "aws configure".',
    });
  });

  it("passes on the reason that a provider gives", async () => {
    const loadChain = async () => async () => {
      throw new Error("The SSO session associated with this profile has expired.");
    };
    await assert.rejects(resolve({ profileName: "role", loadChain })(), /SSO session/);
  });
});
