import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Settings } from "../../server/settings.ts";
import { serve } from "./serve.ts";

async function run(words: readonly string[], env: Record<string, string> = {}) {
  const written = { stdout: "", stderr: "" };
  const started: Settings[] = [];
  const status = await serve(
    words,
    {
      stdout: (text) => {
        written.stdout += text;
      },
      stderr: (text) => {
        written.stderr += text;
      },
    },
    {
      env,
      loadServer: () =>
        Promise.resolve({
          runServer: (settings: Settings) => {
            started.push(settings);
            return Promise.resolve(7);
          },
        }),
    },
  );
  return { status, started, ...written };
}

describe("moraine serve", () => {
  it("runs the server with the settings of its flags and ends with its status", async () => {
    const { status, started } = await run(
      ["--listen", "[::1]:0", "--tier-delays=Standard=5s", "--region", "a", "--region", "b"],
      { MORAINE_LOG_LEVEL: "warn" },
    );
    assert.equal(status, 7);
    assert.deepEqual(started[0]?.listeners.api, { host: "::1", port: 0 });
    assert.equal(started[0]?.jobs.tierDelays.Standard, 5000);
    assert.equal(started[0]?.region, "b");
    assert.equal(started[0]?.log.level, "warn");
  });

  it("reads the file that --config names", async (test) => {
    const folder = mkdtempSync(join(tmpdir(), "moraine-serve-"));
    test.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "moraine.yaml"), "region: from-file\n");
    const { started } = await run(["--config", join(folder, "moraine.yaml")]);
    assert.equal(started[0]?.region, "from-file");
  });

  it("names all mistakes and starts nothing", async () => {
    const { status, started, stderr, stdout } = await run([
      "now",
      "--listen",
      "--consol-listen=off",
      "--idle-timeout=forever",
    ]);
    assert.equal(status, 2);
    assert.equal(started.length, 0);
    assert.equal(stdout, "");
    assert.match(stderr, /^moraine serve: 4 mistakes in the settings; nothing was started\.\n/);
    assert.match(stderr, /listen \(flag --listen\) needs a value/);
    assert.match(stderr, /unknown flag --consol-listen; the nearest is --console-listen\n/);
    assert.match(stderr, /idle-timeout \(flag --idle-timeout\) must be .*; got "forever"/);
    assert.match(stderr, /unexpected argument "now"/);
  });

  it("does not print what stands after an unknown flag, which may be a secret", async () => {
    for (const words of [
      ["--root-secret-key=hunter2"],
      ["--root-secret-key", "hunter2"],
      ["--root-secret-access-key", "-hunter2"],
    ]) {
      const { status, stderr } = await run(words);
      assert.equal(status, 2);
      assert.doesNotMatch(stderr, /hunter2/);
    }
  });

  it("explains each setting on --help", async () => {
    const { status, started, stdout } = await run(["--help"]);
    assert.equal(status, 0);
    assert.equal(started.length, 0);
    assert.match(stdout, /--tier-delays <tier=duration,…>/);
    assert.match(stdout, /Default:\s+127\.0\.0\.1:9720\./);
  });
});
