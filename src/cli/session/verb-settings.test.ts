import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { GlobalFlags } from "./global-flags.ts";
import { resolveSettings } from "./verb-settings.ts";

const FLAGS: GlobalFlags = { verifySsl: true, progress: true, color: "auto" };
const KEYS = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "secret" };

const CONFIG = `[profile.home]
endpoint = "http://archive.home:9720"
region = "eu-west-1"
vault = "family"
tier = "Bulk"
concurrency = 2
max_rate = "10MiB/s"
journal_dir = "~/journals"
exclude = ["*.tmp"]
`;

describe("resolveSettings", () => {
  let homeDir = "";
  before(async () => {
    homeDir = await mkdtemp(join(tmpdir(), "moraine-settings-"));
    await mkdir(join(homeDir, ".config", "moraine"), { recursive: true });
    await writeFile(join(homeDir, ".config", "moraine", "config.toml"), CONFIG);
    await mkdir(join(homeDir, ".aws"));
    await writeFile(join(homeDir, ".aws", "config"), "[profile work]\nregion = us-west-2\n");
  });
  after(() => rm(homeDir, { recursive: true }));

  const resolve = (flags: Partial<GlobalFlags>, env: Record<string, string> = KEYS) =>
    resolveSettings({ flags: { ...FLAGS, ...flags }, env, homeDir });

  it("takes what the profile of config.toml says, and tells the file", async () => {
    const { settings, clientOptions } = await resolve({ profile: "home" });
    const path = join(homeDir, ".config", "moraine", "config.toml");
    assert.deepEqual(
      {
        endpoint: [settings.endpoint.value.href, settings.endpoint.source],
        region: [settings.region.value, settings.region.source],
        vault: settings.vault.value,
        tier: settings.tier.value,
        concurrency: settings.concurrency.value,
        maxRate: settings.maxRate.value,
        journalDir: settings.journalDir.value,
        exclude: settings.exclude.value,
      },
      {
        endpoint: ["http://archive.home:9720/", path],
        region: ["eu-west-1", path],
        vault: "family",
        tier: "Bulk",
        concurrency: 2,
        maxRate: 10 * 1024 ** 2,
        journalDir: join(homeDir, "journals"),
        exclude: ["*.tmp"],
      },
    );
    assert.deepEqual(await clientOptions.credentials?.(), {
      accessKeyId: "AKID",
      secretAccessKey: "secret",
    });
  });

  it("lets the environment win over the profile, and flags over both", async () => {
    const env = { ...KEYS, AWS_ENDPOINT_URL: "http://env:1", AWS_REGION: "ap-south-1" };
    const fromEnv = await resolve({ profile: "home" }, env);
    assert.equal(fromEnv.settings.endpoint.value.href, "http://env:1/");
    assert.equal(fromEnv.settings.endpoint.source, "AWS_ENDPOINT_URL");
    assert.equal(fromEnv.settings.region.value, "ap-south-1");
    const flags = {
      profile: "home",
      endpointUrl: "http://flag:1",
      region: "sa-east-1",
      concurrency: 9,
      maxRate: 5,
    };
    const { settings } = await resolve(flags, env);
    assert.equal(settings.endpoint.value.href, "http://flag:1/");
    assert.equal(settings.endpoint.source, "--endpoint-url");
    assert.deepEqual(settings.region, { value: "sa-east-1", source: "--region" });
    assert.deepEqual(settings.concurrency, { value: 9, source: "--concurrency" });
    assert.deepEqual(settings.maxRate, { value: 5, source: "--max-rate" });
  });

  it("finds profiles that only the AWS files have", async () => {
    const { settings } = await resolve({}, { ...KEYS, AWS_PROFILE: "work" });
    assert.equal(settings.region.value, "us-west-2");
    assert.equal(settings.region.source, join(homeDir, ".aws", "config"));
    assert.equal(settings.endpoint.value.href, "https://glacier.us-west-2.amazonaws.com/");
    assert.equal(settings.endpoint.source, "AWS, for the region");
  });

  it("has a default for what nobody says", async () => {
    const { settings } = await resolve({ region: "us-east-1" });
    assert.deepEqual(
      [settings.tier, settings.concurrency, settings.maxRate, settings.vault],
      [
        { value: "Standard", source: "default" },
        { value: 4, source: "default" },
        { value: undefined, source: "default" },
        { value: undefined, source: "default" },
      ],
    );
    assert.equal(settings.journalDir.value, join(homeDir, ".local", "share", "moraine"));
  });

  it("refuses a profile that no file has, and an account that is none", async () => {
    await assert.rejects(
      resolve({ profile: "nope" }),
      /profile "nope" \(--profile\) is neither in/,
    );
    await assert.rejects(
      resolve({ profile: "home", accountId: "12" }),
      /account id \(--account-id\) must be 12 digits or "-"; got "12"/,
    );
  });
});
