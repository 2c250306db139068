/** The options of a client from real files, and credentials of the AWS SDK's providers. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { resolveClientOptions } from "../../src/client/resolve-client.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
let homeDir: string;
before(async () => {
  homeDir = await mkdtemp(join(tmpdir(), "moraine-home-"));
  await mkdir(join(homeDir, ".aws"));
  const answer = JSON.stringify({
    Version: 1,
    AccessKeyId: "AKIDPROCESS",
    SecretAccessKey: SECRET,
    SessionToken: "process-token",
  });
  const provider = join(homeDir, "provide.sh");
  await writeFile(provider, `echo '${answer}'\n`);
  await writeFile(
    join(homeDir, ".aws", "config"),
    `[default]
region = eu-west-1
services = local
ca_bundle = ~/ca.pem
[profile process]
region = eu-west-2
credential_process = sh ${provider}
[services local]
glacier =
  endpoint_url = http://127.0.0.1:9720
`,
  );
  await writeFile(
    join(homeDir, ".aws", "credentials"),
    `[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = ${SECRET}\n`,
  );
  await writeFile(join(homeDir, "ca.pem"), "the certificates");
});
after(() => rm(homeDir, { recursive: true, force: true }));

describe("resolveClientOptions", () => {
  it("reads the default profile of both files", async () => {
    const options = await resolveClientOptions({}, { env: {}, homeDir });
    assert.equal(options.endpoint.href, "http://127.0.0.1:9720/");
    assert.equal(options.region, "eu-west-1");
    assert.equal(options.ca, "the certificates");
    assert.deepEqual(await options.credentials?.(), {
      accessKeyId: "AKIDDEFAULT",
      secretAccessKey: SECRET,
    });
  });

  it("prefers flags to the environment, and the environment to the profile", async () => {
    const env = { AWS_REGION: "us-west-1", AWS_ENDPOINT_URL: "http://env", AWS_CA_BUNDLE: "/none" };
    const flags = { region: "us-west-2", caBundle: "~/ca.pem" };
    const options = await resolveClientOptions(flags, { env, homeDir });
    assert.deepEqual([options.region, options.endpoint.host], ["us-west-2", "env"]);
    await assert.rejects(resolveClientOptions({}, { env, homeDir }), {
      message: "Could not find the CA bundle /none",
    });
  });

  it("asks for no credentials when requests go unsigned", async () => {
    const options = await resolveClientOptions({ unsigned: true }, { env: {}, homeDir });
    assert.equal(options.credentials, undefined);
  });

  it("takes the profile of a flag before that of the environment, and names one that is not there", async () => {
    const env = { AWS_PROFILE: "absent" };
    const options = await resolveClientOptions({ profile: "process" }, { env, homeDir });
    assert.equal(options.region, "eu-west-2");
    await assert.rejects(resolveClientOptions({}, { env, homeDir }), {
      name: "ClientConfigError",
      message: "The config profile (absent) could not be found",
    });
  });

  it("runs a credential process through the providers of the AWS SDK", async () => {
    const options = await resolveClientOptions({ profile: "process" }, { env: {}, homeDir });
    assert.deepEqual(await options.credentials?.(), {
      accessKeyId: "AKIDPROCESS",
      secretAccessKey: SECRET,
      sessionToken: "process-token",
    });
  });

  it("shows no secret of a file that can't be parsed or read", async () => {
    const path = join(homeDir, "broken");
    await writeFile(path, `[default]\n${SECRET}\n`);
    const env = { AWS_SHARED_CREDENTIALS_FILE: path };
    await assert.rejects(resolveClientOptions({}, { env, homeDir }), (error: Error) => {
      assert.equal(error.message, `Unable to parse config file: ${path} (line 2)`);
      return !String(error.stack).includes(SECRET);
    });
    await assert.rejects(resolveClientOptions({}, { env: { AWS_CONFIG_FILE: homeDir }, homeDir }), {
      message: `Unable to read ${homeDir}: EISDIR`,
    });
  });
});
