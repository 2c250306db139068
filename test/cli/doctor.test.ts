import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { configure } from "../../src/cli/verbs/configure.ts";
import { doctor } from "../../src/cli/verbs/doctor.ts";
import { profile } from "../../src/cli/verbs/profile.ts";
import { type MoraineHome, makeMoraineHome } from "../support/moraine-command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

describe("moraine doctor and configure", () => {
  let server: ServerProcess;
  let home: MoraineHome;
  before(async () => {
    server = await startServer();
    home = await makeMoraineHome(server);
  });
  after(async () => {
    await server.stop();
    await home.remove();
  });

  it("shows each setting with its source and that a signed request succeeds", async () => {
    const result = await home.verb(doctor, ["--json", "--concurrency", "2"]);
    assert.equal(result.status, 0);
    const { events } = result;
    const settings = new Map(events.map(({ name, value, source }) => [name, [value, source]]));
    assert.deepEqual(settings.get("endpoint"), [`${server.apiUrl}/`, "AWS_ENDPOINT_URL"]);
    assert.deepEqual(settings.get("region"), ["us-east-1", "AWS_REGION"]);
    assert.deepEqual(settings.get("concurrency"), ["2", "--concurrency"]);
    const checks = new Map(
      events.filter(({ event }) => event === "check").map(({ name, ok }) => [name, ok]),
    );
    assert.deepEqual(Object.fromEntries(checks), {
      credentials: true,
      transport: true,
      clock: true,
      request: true,
    });
    assert.doesNotMatch(result.stdout, new RegExp(server.credentials.secretAccessKey));
  });

  it("tells a clock that is too far off, and the refusal it causes", async () => {
    const nowMs = () => Date.now() + 10 * 60_000;
    const result = await home.verb(doctor, [], { nowMs });
    assert.equal(result.status, 3);
    assert.match(result.stdout, /clock +10 min ahead of the service's; FAILED/);
    assert.match(
      result.stdout,
      /request +FAILED: InvalidSignatureException: Signature not yet current/,
    );
  });

  it("tells missing credentials and a service that is not there", async () => {
    const noKeys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const noCredentials = await home.verb(doctor, [], { env: noKeys });
    assert.equal(noCredentials.status, 3);
    assert.match(noCredentials.stdout, /credentials +FAILED: Unable to locate credentials/);
    const nobody = await home.verb(doctor, ["--endpoint-url", "http://127.0.0.1:1"]);
    assert.equal(nobody.status, 4);
    assert.match(nobody.stdout, /request +FAILED: Could not connect to the endpoint URL/);
  });

  it("writes a profile that doctor can use, in files for its owner only", async () => {
    const files = { AWS_SHARED_CREDENTIALS_FILE: join(home.path, "credentials") };
    const words = ["--profile", "home", "--endpoint-url", server.apiUrl, "--region", "eu-west-1"];
    assert.equal((await home.verb(configure, words, { env: files })).status, 0);
    const config = join(home.path, "config", "moraine", "config.toml");
    assert.equal(
      await readFile(config, "utf8"),
      `[profile.home]\nendpoint = "${server.apiUrl}"\nregion = "eu-west-1"\n`,
    );
    assert.equal((await stat(files.AWS_SHARED_CREDENTIALS_FILE)).mode & 0o777, 0o600);
    const env = {
      ...files,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_ENDPOINT_URL: undefined,
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
    };
    const checked = await home.verb(doctor, ["--profile", "home"], { env });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    const listed = await home.verb(profile, ["ls"], { env });
    assert.match(listed.stdout, new RegExp(`^home +eu-west-1 +${server.apiUrl}$`, "m"));
  });

  it("asks for flags where there is no terminal to ask on, and writes nothing by --dry-run", async () => {
    const none = await home.verb(configure, ["--profile", "other"]);
    assert.equal(none.status, 2);
    assert.match(none.stderr, /no terminal to ask on: give --endpoint-url and --region/);
    const words = ["--profile", "other", "--region", "us-east-1", "--dry-run"];
    assert.equal((await home.verb(configure, words)).status, 0);
    const config = join(home.path, "config", "moraine", "config.toml");
    assert.doesNotMatch(await readFile(config, "utf8").catch(() => ""), /other/);
  });
});
