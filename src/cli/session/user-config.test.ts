import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseUserConfig, userConfigPath } from "./user-config.ts";

describe("parseUserConfig", () => {
  it("reads every member of a profile", () => {
    const profiles = parseUserConfig(
      `[profile.home]
endpoint = "http://127.0.0.1:9720"
account = "111122223333"
region = "eu-west-1"
vault = "family"
tier = "Bulk"
concurrency = 8
max_rate = "20MiB/s"
journal_dir = "~/journals"
exclude = ["*.tmp", "**/.cache/**"]
`,
      "config.toml",
    );
    assert.deepEqual(profiles.get("home"), {
      endpoint: "http://127.0.0.1:9720",
      account: "111122223333",
      region: "eu-west-1",
      vault: "family",
      tier: "Bulk",
      concurrency: 8,
      max_rate: "20MiB/s",
      journal_dir: "~/journals",
      exclude: ["*.tmp", "**/.cache/**"],
    });
  });

  it("takes an empty file for no profiles", () => {
    assert.equal(parseUserConfig("", "config.toml").size, 0);
  });

  it("names file, member and rule of every mistake at once", () => {
    const text = `[profile.home]
tier = "Fast"
concurrency = 0
max_rate = "20MB"
endpiont = "x"
`;
    assert.throws(
      () => parseUserConfig(text, "/etc/config.toml"),
      (error: Error) => {
        assert.match(error.message, /^\/etc\/config\.toml has mistakes:/);
        for (const member of ["tier", "concurrency", "max_rate", "endpiont"]) {
          assert.match(error.message, new RegExp(`profile\\.home.*${member}|${member}`));
        }
        return true;
      },
    );
  });

  it("names the line of text that is no TOML", () => {
    assert.throws(() => parseUserConfig("a = 1\nb =", "c.toml"), /c\.toml can't be read: line 2/);
  });
});

describe("userConfigPath", () => {
  it("prefers its own variable, then XDG_CONFIG_HOME, then the home folder", () => {
    assert.equal(userConfigPath({}, "/h"), "/h/.config/moraine/config.toml");
    assert.equal(userConfigPath({ XDG_CONFIG_HOME: "/x" }, "/h"), "/x/moraine/config.toml");
    const both = { XDG_CONFIG_HOME: "/x", MORAINE_CLI_CONFIG: "~/m.toml" };
    assert.equal(userConfigPath(both, "/h"), "/h/m.toml");
  });
});
