import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commandNames } from "../../../src/cli/aws/command-names.ts";
import { completeGlacier } from "../../../src/cli/aws/complete-glacier.ts";

/** Completes the last word of the line. */
function complete(line: string): readonly string[] {
  const words = line.split(" ");
  return completeGlacier(words.slice(0, -1), words.at(-1) ?? "").map(({ value }) => value);
}

describe("completeGlacier", () => {
  it("offers the commands, also after global options", () => {
    assert.deepEqual(complete(""), commandNames);
    assert.deepEqual(complete("--region x list-v"), ["list-vaults"]);
    assert.deepEqual(complete("desc"), ["describe-job", "describe-vault"]);
  });

  it("describes what it offers", () => {
    const [command] = completeGlacier([], "create-v");
    assert.equal(command?.description, "Creates a new vault with the specified name.");
    const flags = completeGlacier(["describe-job"], "--job");
    assert.deepEqual(flags, [{ value: "--job-id", description: "The ID of the job." }]);
  });

  it("offers the flags of the command and the global ones that are not there yet", () => {
    const flags = complete("describe-vault --account-id - --region=x --");
    assert.ok(flags.includes("--vault-name"));
    assert.ok(flags.includes("--output"));
    assert.ok(!flags.includes("--account-id"));
    assert.ok(!flags.includes("--region"));
    assert.ok(!flags.includes("--job-id"));
    assert.deepEqual(complete("describe-vault --acc - --acc"), []);
  });

  it("offers flags where no other word can come", () => {
    assert.ok(complete("describe-vault ").includes("--vault-name"));
  });

  it("offers the choices of a flag that has some, in either form", () => {
    assert.deepEqual(complete("list-vaults --output "), [
      "json",
      "text",
      "table",
      "yaml",
      "yaml-stream",
    ]);
    assert.deepEqual(complete("list-vaults --output=y"), ["--output=yaml", "--output=yaml-stream"]);
    assert.deepEqual(complete("list-jobs --completed "), ["true", "false"]);
    assert.deepEqual(complete("list-jobs --account-id "), ["-"]);
  });

  it("leaves values without choices to the shell", () => {
    assert.deepEqual(complete("upload-archive --body "), []);
    assert.deepEqual(complete("upload-archive --body x"), []);
    assert.deepEqual(complete("list-vaults --endpoint-url=h"), []);
  });

  it("offers flags after the values of a list", () => {
    assert.deepEqual(complete("remove-tags-from-vault --tag-keys a b --vault"), ["--vault-name"]);
  });

  it("offers the conditions of wait, and after them its flags", () => {
    assert.deepEqual(complete("wait vault-"), ["vault-exists", "vault-not-exists"]);
    assert.deepEqual(complete("wait vault-exists --v"), ["--vault-name", "--version"]);
    assert.deepEqual(complete("wait vault-exists --generate"), []);
  });
});
