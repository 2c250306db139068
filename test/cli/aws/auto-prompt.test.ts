/** What is asked for, and what command comes of the answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { promptForWords } from "../../../src/cli/aws/auto-prompt.ts";
import { draftWords, parseDraft } from "../../../src/cli/aws/command-draft.ts";
import { CommandFailure } from "../../../src/cli/aws/errors-and-exit-codes.ts";
import { decidePromptMode } from "../../../src/cli/aws/prompt-mode.ts";
import { PromptCancelled, type PromptSurface } from "../../../src/cli/aws/prompt-surface.ts";
import type { AskService } from "../../../src/cli/aws/suggest-values.ts";

/** A surface that gives the answers one after the other, and notes the questions. */
function answering(...answers: readonly string[]) {
  const seen: string[] = [];
  const offered: (readonly string[])[] = [];
  const rest = [...answers];
  const next = (message: string, choices: readonly { readonly value: string }[]) => {
    seen.push(message);
    offered.push(choices.map(({ value }) => value));
    const answer = rest.shift();
    if (answer === undefined) {
      throw new PromptCancelled("");
    }
    return answer;
  };
  const surface: PromptSurface = {
    choose: async ({ message, choices }) => next(message, choices),
    ask: async ({ message, suggestions, check }) => {
      const answer = next(message, suggestions);
      const fault = check(answer);
      if (fault !== undefined) {
        seen.push(fault);
        return next(message, suggestions);
      }
      return answer;
    },
    showCommand: (words) => void seen.push(words.join(" ")),
    warn: (text) => void seen.push(text),
  };
  return { surface, seen, offered };
}

const SILENT: AskService = async () => {
  throw new Error("nobody answers");
};

async function prompt(line: string, answers: readonly string[], askService = SILENT) {
  const { surface, seen, offered } = answering(...answers);
  const given = line === "" ? [] : line.split(" ");
  const words = await promptForWords(given, { surface, askService: () => askService });
  return { line: words.join(" "), seen, offered };
}

describe("promptForWords", () => {
  it("asks for the command and for each required parameter, then runs what it shows", async () => {
    const { line, seen } = await prompt("", ["describe-job", "-", "v", "-abc", "run"]);
    assert.equal(line, "describe-job --account-id - --vault-name v --job-id=-abc");
    assert.deepEqual(seen, [
      "Command of moraine glacier",
      "--account-id: The account that owns the vault: 12 digits, or a hyphen (-) for the account of the credentials.",
      "--vault-name: The name of the vault.",
      "--job-id: The ID of the job.",
      line,
      "What next?",
    ]);
  });

  it("asks for what is missing alone", async () => {
    const { line, seen } = await prompt("--output text get-job-output --account-id - --job-id j", [
      "v",
      "out file",
      "run",
    ]);
    assert.equal(
      line,
      "get-job-output --output text --account-id - --job-id j --vault-name v out file",
    );
    assert.equal(seen.length, 4);
  });

  it("adds, changes and removes parameters until it is told to run", async () => {
    const { line } = await prompt("list-vaults --account-id 1 --debug", [
      ...["--account-id", "-"],
      ...["--output", "table"],
      "--debug",
      "--no-paginate",
      "run",
    ]);
    assert.equal(line, "list-vaults --account-id - --output table --no-paginate");
  });

  it("takes the words of a list apart", async () => {
    const { line } = await prompt("remove-tags-from-vault --account-id - --vault-name v", [
      ...["--tag-keys", "a b"],
      "run",
    ]);
    assert.equal(line, "remove-tags-from-vault --account-id - --vault-name v --tag-keys a b");
  });

  it("says what is wrong with a value, and asks again", async () => {
    const { line, seen } = await prompt("add-tags-to-vault --account-id - --vault-name v", [
      ...["--tags", "a", "a=1"],
      "run",
    ]);
    assert.match(line, /--tags a=1$/);
    assert.ok(
      seen.some((text) => text.includes("Expected: '='") || text.includes("^")),
      String(seen),
    );
  });

  it("runs nothing that would be refused, and lets the words be removed", async () => {
    const { line, seen } = await prompt("list-vaults --account-id - --bogus", [
      "run",
      "--bogus",
      "run",
    ]);
    assert.equal(line, "list-vaults --account-id -");
    assert.ok(seen.includes("Unknown options: --bogus"));
  });

  it("begins the search for a command with a word that is none", async () => {
    const draft = parseDraft(["descrive-vault", "--account-id", "-"]);
    assert.deepEqual([draft.command, draft.wrongCommand], [undefined, "descrive-vault"]);
  });

  it("suggests what the service knows", async () => {
    const asked: unknown[] = [];
    const { offered } = await prompt(
      "describe-job --account-id -",
      ["v", "j", "run"],
      async (operation, parameters) => {
        asked.push([operation, parameters]);
        return operation === "ListVaults"
          ? { VaultList: [{ VaultName: "photos", NumberOfArchives: 3 }] }
          : { JobList: [{ JobId: "j1", Action: "ArchiveRetrieval", StatusCode: "Succeeded" }] };
      },
    );
    assert.deepEqual(offered.slice(0, 2), [["photos"], ["j1"]]);
    assert.deepEqual(asked, [
      ["ListVaults", { accountId: "-" }],
      ["ListJobs", { accountId: "-", vaultName: "v" }],
    ]);
  });

  it("ends when the person at the terminal stops", async () => {
    await assert.rejects(prompt("list-vaults --account-id -", ["stop"]), PromptCancelled);
    await assert.rejects(prompt("list-vaults", []), PromptCancelled);
  });

  it("asks for the condition of wait", async () => {
    const { line } = await prompt("wait --account-id - --vault-name v", ["vault-exists", "run"]);
    assert.equal(line, "wait vault-exists --account-id - --vault-name v");
  });
});

describe("parseDraft", () => {
  it("gives words that mean the same", () => {
    const lines = [
      "list-vaults --account-id - --max-items 2",
      "wait vault-exists --vault-name v",
      "get-job-output --job-id=-abc out",
      "remove-tags-from-vault --tag-keys a b c --region x",
      "describe-job --generate-cli-skeleton output",
    ];
    for (const line of lines) {
      assert.equal(draftWords(parseDraft(line.split(" "))).join(" "), line);
    }
  });

  it("drops the wish for prompts, so that the result can be run", () => {
    assert.deepEqual(draftWords(parseDraft(["--cli-auto-prompt", "help"])), ["help"]);
  });
});

describe("decidePromptMode", () => {
  it("takes the flag, the environment and the profile in this order", () => {
    assert.equal(decidePromptMode(["--cli-auto-prompt"], {}, "off"), "on");
    assert.equal(decidePromptMode([], { AWS_CLI_AUTO_PROMPT: "On-Partial" }, "on"), "on-partial");
    assert.equal(decidePromptMode([], {}, "on"), "on");
    assert.equal(decidePromptMode([], {}, undefined), "off");
    assert.equal(decidePromptMode([], { AWS_CLI_AUTO_PROMPT: "nonsense" }, "on"), "off");
  });

  it("asks nothing for help, the version and where it is unwanted", () => {
    const env = { AWS_CLI_AUTO_PROMPT: "on" };
    for (const word of ["help", "--version", "--no-cli-auto-prompt"]) {
      assert.equal(decidePromptMode([word], env, undefined), "off", word);
    }
    const both = ["--cli-auto-prompt", "--no-cli-auto-prompt"];
    assert.throws(() => decidePromptMode(both, {}, undefined), CommandFailure);
  });
});
