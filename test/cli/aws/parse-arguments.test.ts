/** What goes beyond the AWS CLI, and what depends on files. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  CommandFailure,
  exitStatus,
  type Failure,
} from "../../../src/cli/aws/errors-and-exit-codes.ts";
import { exampleOf } from "../../../src/cli/aws/examples.ts";
import { findCompatibility } from "../../../src/cli/aws/global-options.ts";
import { formatHelp } from "../../../src/cli/aws/help.ts";
import { BodyFile } from "../../../src/cli/aws/param-value.ts";
import { parseArguments } from "../../../src/cli/aws/parse-arguments.ts";
import { operationNames } from "../../../src/protocol/operations.ts";

const VAULT = ["--account-id", "-", "--vault-name", "v"];

describe("parseArguments", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "moraine-words-"));
    await writeFile(join(folder, "policy.json"), '{"Policy":"é"}');
    await writeFile(join(folder, "name"), "photos");
    await writeFile(join(folder, "latin1"), Buffer.from([0xe9]));
    await writeFile(join(folder, "input.yaml"), "accountId: '-'\nvaultName: w\n");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const parametersOf = (...words: readonly string[]) => {
    const invocation = parseArguments(words);
    assert.equal(invocation.kind, "call");
    return invocation.kind === "call" ? invocation.parameters : {};
  };

  it("takes an id that begins with one or two hyphens in the space form", () => {
    for (const id of ["-abc", `-${"x".repeat(137)}`, `--${"x".repeat(136)}`]) {
      const parameters = parametersOf("delete-archive", ...VAULT, "--archive-id", id);
      assert.equal(parameters["archiveId"], id);
    }
  });

  it("takes no other flag for an id", () => {
    const long = `--vault-name=${"x".repeat(80)}`;
    for (const word of ["--region=x", "--bogus", "--vault-name", long]) {
      const words = ["delete-archive", ...VAULT, "--archive-id", word];
      assert.throws(() => parseArguments(words), isFailure("usage"), word);
    }
  });

  it("reads parameters from files as text, JSON and YAML", () => {
    const policy = `file://${folder}/policy.json`;
    const parameters = parametersOf("set-vault-access-policy", ...VAULT, "--policy", policy);
    assert.deepEqual(parameters["policy"], { Policy: "é" });
    const named = `file://${folder}/name`;
    const described = ["describe-vault", "--account-id", "-", "--vault-name"];
    assert.equal(parametersOf(...described, named)["vaultName"], "photos");
    const input = `file://${folder}/input.yaml`;
    assert.equal(parametersOf("describe-vault", "--cli-input-yaml", input)["vaultName"], "w");
  });

  it("refuses text that can't be decoded, and bytes where a text belongs", () => {
    const words = ["describe-vault", "--account-id", "-", "--vault-name"];
    for (const prefix of ["file", "fileb"]) {
      const file = `${prefix}://${folder}/latin1`;
      assert.throws(() => parseArguments([...words, file]), isFailure("parameter"));
    }
  });

  it("names a body by its path", () => {
    const path = join(folder, "name");
    const { body } = parametersOf("upload-archive", ...VAULT, "--body", path);
    assert.deepEqual(body, new BodyFile(path));
  });

  it("finds the wish for the exit statuses of version 1 in either form", () => {
    assert.equal(findCompatibility(["--cli-compat", "v1"]), "v1");
    assert.equal(findCompatibility(["--cli-compat=v1", "--bogus"]), "v1");
    assert.equal(findCompatibility(["--cli-compat", "v2"]), "v2");
    assert.equal(findCompatibility(["v1"]), "v2");
  });

  it("has an example of each operation that it understands itself", () => {
    for (const name of operationNames) {
      const words = splitWords(exampleOf(name)).slice(2);
      const known = words.map((word) =>
        word.startsWith("file://")
          ? `file://${folder}/policy.json`
          : /^(?:photos-2025\.tar|part-1)$/.test(word)
            ? join(folder, "name")
            : word,
      );
      const invocation = parseArguments(known);
      assert.equal(invocation.kind === "call" && invocation.operation, name);
    }
  });

  it("explains each command with its flags and an example", () => {
    assert.match(formatHelp("initiate-job", 80), /\[--job-parameters <value>\]/);
    assert.match(
      formatHelp("get-job-output", 80),
      /^ {2}outfile +The file that the output is saved to/m,
    );
    assert.match(formatHelp("list-vaults", 80), /--starting-token/);
    assert.doesNotMatch(formatHelp("list-vaults", 80), /--marker/);
    assert.match(formatHelp("wait", 80), /vault-exists\|vault-not-exists/);
    assert.match(formatHelp(undefined, 80), /^ {2}initiate-job +Initiates a job/m);
    assert.equal(parseArguments(["describe-job", "help"]).kind, "help");
    assert.equal(parseArguments(["help"]).kind, "help");
    assert.equal(parseArguments(["--help"]).kind, "help");
    assert.equal(parseArguments(["wait", "--help"]).kind, "help");
    assert.equal(parseArguments(["--version"]).kind, "version");
  });
});

describe("exitStatus", () => {
  it("is that of the AWS CLI of either version", () => {
    const failures: readonly Failure[] = [
      "usage",
      "unknownOption",
      "parameter",
      "configuration",
      "service",
      "general",
      "interrupted",
    ];
    const statuses = (version: "v1" | "v2") => failures.map((each) => exitStatus(each, version));
    assert.deepEqual(statuses("v2"), [252, 252, 252, 253, 254, 255, 130]);
    assert.deepEqual(statuses("v1"), [2, 255, 255, 255, 255, 255, 130]);
  });
});

function isFailure(failure: Failure) {
  return (error: unknown) => error instanceof CommandFailure && error.failure === failure;
}

function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}
