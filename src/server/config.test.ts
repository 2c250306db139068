import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { parseSettings, SETTINGS, type SettingRow, SettingsError } from "./config.ts";
import type { SettingSources } from "./config-sources.ts";

interface Given {
  readonly flags?: Record<string, string | undefined>;
  readonly unknownFlags?: readonly string[];
  readonly strayWords?: readonly string[];
  readonly env?: Record<string, string>;
  /** Text of the file, which a flag then names. */
  readonly file?: string;
}

function sourcesOf({ flags = {}, env = {}, file, ...rest }: Given): SettingSources {
  const named = file === undefined ? flags : { config: "/etc/moraine.yaml", ...flags };
  return {
    unknownFlags: [],
    strayWords: [],
    ...rest,
    env,
    flags: new Map(Object.entries(named)),
    readFile: (path) => {
      if (file === undefined || path !== "/etc/moraine.yaml") {
        throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
      }
      return file;
    },
  };
}

function parse(given: Given) {
  return parseSettings(sourcesOf(given));
}

function mistakesOf(given: Given): readonly string[] {
  try {
    parse(given);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.mistakes;
  }
  return [];
}

const KEY_ID = "AKIDEXAMPLE1234567890";
const SECRET = "hunter2hunter2";

describe("parseSettings", () => {
  it("has a default for everything", () => {
    const settings = parse({});
    assert.match(settings.dataDir, /^\/.*\/moraine-data$/);
    const { dataDir: _, ...rest } = settings;
    assert.deepEqual(rest, {
      listeners: {
        api: { host: "127.0.0.1", port: 9720 },
        console: { host: "127.0.0.1", port: 9721 },
        idleTimeoutMs: 60_000,
        tls: undefined,
      },
      root: { keys: undefined, accountId: undefined },
      encryption: { keyFile: undefined, kmsKeyId: undefined, kmsEndpoint: undefined },
      region: "us-east-1",
      jobs: {
        tierDelays: { Expedited: 0, Standard: 0, Bulk: 0 },
        retentionMs: 86_400_000,
        expeditedCapacity: "unlimited",
        s3Endpoint: undefined,
      },
      inventory: { kind: "live" },
      uploads: { retentionMs: 86_400_000 },
      notifications: { snsEndpoint: undefined, allowPrivate: undefined },
      limits: { requestRate: undefined, connectionsMax: 10_000, uploadsMax: 512 },
      scrub: { bytesPerSecond: 16 * 1024 * 1024, intervalMs: 30 * 86_400_000 },
      mirror: { dir: undefined, fillBytesPerSecond: 64 * 1024 * 1024 },
      audit: true,
      log: { level: "info", format: "json" },
      metadata: "sqlite",
      blobs: "files",
      nativeHashing: true,
      nativeSending: true,
      nativeReceiving: true,
    });
    assert.equal(parse({ env: { MORAINE_NATIVE_HASHING: "off" } }).nativeHashing, false);
    assert.equal(parse({ env: { MORAINE_NATIVE_SENDING: "off" } }).nativeSending, false);
    assert.equal(parse({ env: { MORAINE_NATIVE_RECEIVING: "off" } }).nativeReceiving, false);
  });

  it("takes each setting from the flag, the variable and the key that derive from its name", () => {
    assert.equal(parse({ flags: { "tier-delays": "Bulk=1s" } }).jobs.tierDelays.Bulk, 1000);
    assert.equal(parse({ env: { MORAINE_TIER_DELAYS: "Bulk=2s" } }).jobs.tierDelays.Bulk, 2000);
    assert.equal(parse({ file: "tierDelays: Bulk=3s\n" }).jobs.tierDelays.Bulk, 3000);
  });

  it("takes rates in bytes per second, off, and unlimited", () => {
    assert.equal(parse({ flags: { "scrub-rate": "20KiB/s" } }).scrub.bytesPerSecond, 20 * 1024);
    assert.equal(parse({ flags: { "scrub-rate": "off" } }).scrub.bytesPerSecond, undefined);
    const filling = (rate: string) => parse({ flags: { "mirror-fill-rate": rate } }).mirror;
    assert.equal(filling("2GiB/s").fillBytesPerSecond, 2 * 1024 ** 3);
    assert.equal(filling("unlimited").fillBytesPerSecond, undefined);
    for (const rate of ["0MiB/s", "16", "16MiB", "16MB/s", "1.5MiB/s", "unlimited", "-1KiB/s"]) {
      const [mistake = ""] = mistakesOf({ flags: { "scrub-rate": rate } });
      assert.match(mistake, /^scrub-rate .* must be off, or a whole number from 1 to 999999 with/);
    }
  });

  it("takes the URL of a service for the results of select jobs", () => {
    const env = { MORAINE_S3_ENDPOINT: "http://127.0.0.1:9000" };
    assert.equal(parse({ env }).jobs.s3Endpoint, "http://127.0.0.1:9000");
    assert.match(mistakesOf({ env: { MORAINE_S3_ENDPOINT: "s3://x" } })[0] ?? "", /^s3-endpoint/);
  });

  it("takes the URL of another service and a choice about private addresses", () => {
    const file = "snsEndpoint: https://sns.example:4566/\nnotificationAllowPrivate: false\n";
    assert.deepEqual(parse({ file }).notifications, {
      snsEndpoint: "https://sns.example:4566/",
      allowPrivate: false,
    });
    for (const url of [
      "sns.example",
      "ftp://sns.example",
      "http://u:p@sns.example",
      "http://x/?a",
    ]) {
      assert.match(mistakesOf({ flags: { "sns-endpoint": url } })[0] ?? "", /must be an http/);
    }
    const choice = { flags: { "notification-allow-private": "yes" } };
    assert.match(mistakesOf(choice)[0] ?? "", /one of true, false/);
  });

  it("prefers the flag to the variable, the variable to the file and the file to the default", () => {
    const file = "region: from-file\n";
    const env = { MORAINE_REGION: "from-env" };
    assert.equal(parse({ file, env, flags: { region: "from-flag" } }).region, "from-flag");
    assert.equal(parse({ file, env }).region, "from-env");
    assert.equal(parse({ file }).region, "from-file");
  });

  it("finds the file through MORAINE_CONFIG, too", () => {
    const sources = sourcesOf({ file: "region: from-file\n" });
    const env = { MORAINE_CONFIG: "/etc/moraine.yaml" };
    assert.equal(parseSettings({ ...sources, flags: new Map(), env }).region, "from-file");
  });

  it("keeps values of the file as they are written", () => {
    const file = "rootAccountId: 012345678901\nconsoleListen: off\n# a comment\nregion: 'no'\n";
    const settings = parse({ file });
    assert.equal(settings.root.accountId, "012345678901");
    assert.equal(settings.listeners.console, undefined);
    assert.equal(settings.region, "no");
  });

  it("takes an empty file and ignores empty and foreign variables", () => {
    const env = { MORAINE_REGION: "", MORAINE_PORT: "tcp://10.0.0.1:9720", REGION: "x" };
    assert.equal(parse({ file: "", env }).region, "us-east-1");
  });

  it("freezes the settings at every depth", () => {
    const settings = parse({});
    assert.ok(Object.isFrozen(settings));
    assert.ok(Object.isFrozen(settings.listeners.api));
    assert.ok(Object.isFrozen(settings.jobs.tierDelays));
  });

  it("takes the root keys together, with or without an account, and an account alone", () => {
    const env = { MORAINE_ROOT_SECRET_ACCESS_KEY: SECRET };
    const flags = { "root-access-key-id": KEY_ID };
    assert.deepEqual(parse({ env, flags }).root, {
      keys: { accessKeyId: KEY_ID, secretAccessKey: SECRET },
      accountId: undefined,
    });
    assert.deepEqual(parse({ flags: { "root-account-id": "123456789012" } }).root, {
      keys: undefined,
      accountId: "123456789012",
    });
  });

  it("refuses one root key without the other", () => {
    assert.deepEqual(mistakesOf({ flags: { "root-access-key-id": KEY_ID } }), [
      "root-secret-access-key is missing: it must be given together with root-access-key-id",
    ]);
    assert.deepEqual(mistakesOf({ env: { MORAINE_ROOT_SECRET_ACCESS_KEY: SECRET } }), [
      "root-access-key-id is missing: it must be given together with root-secret-access-key",
    ]);
  });

  it("names setting, source, rule and value of a mistake", () => {
    assert.deepEqual(mistakesOf({ env: { MORAINE_ROOT_ACCOUNT_ID: "12" } }), [
      'root-account-id (environment variable MORAINE_ROOT_ACCOUNT_ID) must be 12 digits; got "12"',
    ]);
    assert.deepEqual(mistakesOf({ file: "rootAccountId: 12\n" }), [
      'root-account-id (key rootAccountId in /etc/moraine.yaml) must be 12 digits; got "12"',
    ]);
    assert.deepEqual(mistakesOf({ flags: { "root-account-id": undefined } }), [
      "root-account-id (flag --root-account-id) needs a value: 12 digits",
    ]);
  });

  it("reports all mistakes of all sources at once", () => {
    const mistakes = mistakesOf({
      flags: { listen: "9720", "idle-timeout": "60" },
      unknownFlags: ["--tier-delay"],
      strayWords: ["now"],
      env: { MORAINE_LOG_LEVEL: "loud", MORAINE_LISTEN: "nowhere" },
      file: "inventory: often\njobRetentoin: 1d\nregion: [a, b]\n",
    });
    const beginnings = [
      "unknown flag --tier-delay; the nearest is --tier-delays",
      'unexpected argument "now"',
      'unknown key "jobRetentoin" in /etc/moraine.yaml; the nearest is jobRetention',
      "region (key region in /etc/moraine.yaml) must be one text value",
      "listen (flag --listen) must be",
      "listen (environment variable MORAINE_LISTEN) must be",
      "inventory (key inventory in /etc/moraine.yaml) must be",
      "idle-timeout (flag --idle-timeout) must be",
      "log-level (environment variable MORAINE_LOG_LEVEL) must be",
    ];
    assert.equal(mistakes.length, beginnings.length, mistakes.join("\n"));
    for (const [index, beginning] of beginnings.entries()) {
      assert.equal(mistakes[index]?.slice(0, beginning.length), beginning);
    }
  });

  it("never shows a secret, nor the password within a URL", () => {
    const secretTexts: Given[] = [
      { flags: { "root-secret-access-key": "short7!" } },
      { env: { MORAINE_ROOT_SECRET_ACCESS_KEY: "with space short7!" } },
      { file: "rootSecretAccessKey: with space short7!\n" },
      { file: "rootSecretAccessKey: [short7!]\n" },
      { file: 'rootSecretAccessKey: "short7!\n' },
      { file: "rootSecretAccessKey: short7!: x\n" },
      { file: "rootSecretAccessKey: *short7!\n" },
      { file: "rootSecretAccessKey: !short7! x\n" },
      { file: "short7!\n" },
      { flags: { metadata: "postgres://moraine:short7!@db/moraine" } },
      { flags: { blobs: "s3://key:sh@short7!@host/bucket" } },
    ];
    for (const given of secretTexts) {
      const text = mistakesOf(given).join("\n");
      assert.notEqual(text, "");
      assert.doesNotMatch(text, /short7!/, text);
    }
  });

  it("says that other stores are not available yet", () => {
    const flags = { metadata: "postgres://db/moraine", blobs: "s3://bucket/prefix" };
    const mistakes = mistakesOf({ flags });
    assert.equal(mistakes.length, 2);
    for (const mistake of mistakes) {
      assert.match(mistake, /is not available yet in this version/);
    }
  });

  it("takes the encryption key file from the folder in which the process starts", () => {
    const settings = parse({ flags: { "encryption-key-file": "keys/secrets.key" } });
    assert.equal(settings.encryption.keyFile, resolve("keys/secrets.key"));
  });

  it("does not know settings of later versions", () => {
    assert.match(mistakesOf({ file: "blobsEndpoint: http://x\n" })[0] ?? "", /^unknown key/);
    assert.match(mistakesOf({ file: "config: other.yaml\n" })[0] ?? "", /^unknown key "config"/);
  });

  it("refuses a file that is missing, no YAML or no mapping", () => {
    assert.deepEqual(mistakesOf({ flags: { config: "/nowhere.yaml" } }), [
      'config (flag --config) must name a file that can be read; got "/nowhere.yaml" (ENOENT)',
    ]);
    assert.deepEqual(mistakesOf({ file: "region: a\nregion: b\n" }), [
      "/etc/moraine.yaml, line 2, column 1: not valid YAML (DUPLICATE_KEY)",
    ]);
    assert.match(mistakesOf({ file: "- region\n" })[0] ?? "", /must hold a mapping/);
  });

  it("refuses the same address for both listeners, unless any free port is asked for", () => {
    const same = { listen: "127.0.0.1:80", "console-listen": "127.0.0.1:80" };
    assert.match(mistakesOf({ flags: same })[0] ?? "", /must differ/);
    const free = { listen: "127.0.0.1:0", "console-listen": "127.0.0.1:0" };
    assert.deepEqual(mistakesOf({ flags: free }), []);
  });

  it("has defaults that follow their own rules", () => {
    for (const [name, row] of Object.entries<SettingRow<unknown>>(SETTINGS)) {
      const text = row.default;
      assert.ok(text === undefined || row.kind.find(text) !== undefined, name);
      assert.ok(text !== undefined || row.otherwise !== undefined, name);
    }
  });
});
