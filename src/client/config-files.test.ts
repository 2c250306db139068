import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadConfigFiles, parseSections, settingOf } from "./config-files.ts";

describe("parseSections", () => {
  const parse = (text: string) => parseSections(text, "/c");

  it("reads settings, nested settings and comments", () => {
    const sections = parse(`
# a comment
[services local]
glacier =
  endpoint_url = http://127.0.0.1:9720
  ; another
s3 =
  endpoint_url=http://other
[default]
Region= us-east-1
`);
    const glacier = sections.get("services local")?.get("glacier");
    assert.deepEqual(glacier, new Map([["endpoint_url", "http://127.0.0.1:9720"]]));
    assert.equal(settingOf(sections.get("default"), "region"), "us-east-1");
  });

  it("joins sections of one title", () => {
    assert.deepEqual(
      parse("[a]\r\nx=1\r\n[a]\r\ny = 2").get("a"),
      new Map([
        ["x", "1"],
        ["y", "2"],
      ]),
    );
  });

  it("keeps a value with an equals sign or a colon in it whole", () => {
    const section = parse("[a]\ncredential_process = /bin/x --a=b:c\n").get("a");
    assert.equal(settingOf(section, "credential_process"), "/bin/x --a=b:c");
  });

  it("names file and line, and not the text, of what it can't parse", () => {
    assert.throws(() => parse("[a]\nx = 1\nwJalrSecret\n"), {
      name: "ClientConfigError",
      message: "Unable to parse config file: /c (line 3)",
    });
    assert.throws(() => parse("x = 1"), /line 1/);
  });
});

describe("loadConfigFiles", () => {
  const load = (files: { readonly [path: string]: string }, env = {}) =>
    loadConfigFiles({ env, homeDir: "/h", readFile: async (path) => files[path] });

  it("joins both files, in which settings of the credentials file win", async () => {
    const { profiles } = await load({
      "/h/.aws/config":
        '[default]\nregion = r1\n[profile "big one"]\nregion=r2\n[sso-session s]\nx=1',
      "/h/.aws/credentials": "[default]\nregion = r3\naws_access_key_id = K\n[other]\na=b",
    });
    assert.deepEqual([...profiles.keys()], ["default", "big one", "other"]);
    assert.equal(settingOf(profiles.get("default"), "region"), "r3");
    assert.equal(settingOf(profiles.get("big one"), "region"), "r2");
  });

  it("finds the files where the environment says, with ~ for the home folder", async () => {
    const env = { AWS_CONFIG_FILE: "~/c", AWS_SHARED_CREDENTIALS_FILE: "/etc/k" };
    const { profiles, configPath } = await load(
      { "/h/c": "[profile p]\na=1", "/etc/k": "[p]\nb=2" },
      env,
    );
    assert.equal(configPath, "/h/c");
    assert.deepEqual(
      profiles.get("p"),
      new Map([
        ["a", "1"],
        ["b", "2"],
      ]),
    );
  });

  it("takes files that are not there for empty", async () => {
    assert.equal((await load({})).profiles.size, 0);
  });
});
