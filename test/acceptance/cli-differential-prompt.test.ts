/** `--cli-auto-prompt` on a real terminal, beside a real service. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { awsEnvironment, runCommand } from "../support/external-command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const ENTRY = resolve(import.meta.dirname, "../../bin/moraine.mjs");
const CTRL_C = "\u0003";

/** What is typed once the terminal shows a text, which comes after all that was answered before. */
type Exchange = readonly [shown: string, typed: string];

describe("moraine glacier --cli-auto-prompt", () => {
  let server: ServerProcess;
  const environment = () => ({
    ...awsEnvironment(server.credentials, "eu-west-1"),
    AWS_ENDPOINT_URL: server.apiUrl,
    TERM: "xterm",
    SHELL: "/bin/sh",
  });

  /** Runs the words in a terminal of 60 columns. */
  const talk = async (words: string, exchanges: readonly Exchange[], setting: object = {}) => {
    const line = `stty cols 60 rows 30; '${process.execPath}' '${ENTRY}' glacier ${words}`;
    const child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
      env: { ...process.env, ...environment(), ...setting },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const rest = [...exchanges];
    let shown = "";
    let answered = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      const [next] = rest;
      if (next !== undefined && shown.indexOf(next[0], answered) >= 0) {
        answered = shown.length;
        rest.shift();
        child.stdin.write(next[1]);
      }
    });
    const [code] = await once(child, "close");
    assert.deepEqual(rest, [], shown);
    return { code, shown };
  };

  before(async () => {
    server = await startServer();
    const words = ["glacier", "create-vault", "--account-id", "-", "--vault-name", "photos"];
    const made = await runCommand(process.execPath, [ENTRY, ...words], { env: environment() });
    assert.equal(made.code, 0, made.stderr);
  });
  after(() => server?.stop());

  it("makes a command of answers, with a vault that the service named, and runs it", async () => {
    const { code, shown } = await talk("--cli-auto-prompt --output text", [
      ["Command of moraine glacier", "describe-v\r"],
      ["--account-id:", "\r"],
      ["photos", "\r"],
      ["What next?", "\r"],
    ]);
    assert.equal(code, 0, shown);
    assert.match(shown, /moraine glacier describe-vault --output text \\\r?\n/);
    assert.match(shown, /arn:aws:glacier:eu-west-1:111122223333:vaults\/photos/);
  });

  it("asks after a refused command line with on-partial, and ends with 130 on ^C", async () => {
    const setting = { AWS_CLI_AUTO_PROMPT: "on-partial" };
    const { code } = await talk("list-vaults", [["--account-id:", CTRL_C]], setting);
    assert.equal(code, 130);
  });
});
