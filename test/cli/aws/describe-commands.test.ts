import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  describeGlacierCommands,
  describeGlobalOptions,
} from "../../../src/cli/aws/describe-commands.ts";
import { formatHelp } from "../../../src/cli/aws/help.ts";
import { operationNames } from "../../../src/protocol/operations.ts";

describe("describeGlacierCommands", () => {
  const commands = describeGlacierCommands();

  it("has every operation and both waiters, each with a sentence", () => {
    assert.equal(commands.length, operationNames.length + 2);
    for (const { name, summary } of commands) {
      assert.match(summary, /^[A-Z].*\.$/, name);
    }
  });

  it("says of each flag what it means", () => {
    for (const { name, flags } of [...commands, { name: "", flags: describeGlobalOptions() }]) {
      for (const { flag, summary } of flags) {
        assert.match(summary, /^[A-Z]/, `${name} ${flag}`);
      }
    }
  });

  it("shows required flags without brackets, lists with dots and files by their name", () => {
    const synopsisOf = (wanted: string) => commands.find(({ name }) => name === wanted)?.synopsis;
    assert.equal(
      synopsisOf("remove-tags-from-vault"),
      "moraine glacier remove-tags-from-vault --account-id <value> --vault-name <value>" +
        " [--tag-keys [<value> ...]] [--cli-input-json <value>] [--cli-input-yaml <value>]" +
        " [--generate-cli-skeleton [<input|output|yaml-input>]]",
    );
    assert.match(synopsisOf("get-job-output") ?? "", /\[--range <value>\] outfile$/);
    assert.doesNotMatch(synopsisOf("list-jobs") ?? "", /--marker/);
  });
});

describe("formatHelp", () => {
  const topics = [undefined, "wait", ...describeGlacierCommands().map(({ name }) => name)];

  it("fits the terminal where words allow", () => {
    for (const width of [60, 80, 200]) {
      for (const topic of topics) {
        for (const line of formatHelp(topic, width).split("\n")) {
          const isOneWord = line.trim().split(" ").length <= 2;
          assert.ok(isOneWord || line.length <= Math.min(width, 100), `${topic} ${width}: ${line}`);
        }
      }
    }
  });

  it("puts descriptions below their terms where there is no room beside them", () => {
    assert.match(formatHelp("describe-job", 80), /--job-id <value> +The ID of the job/);
    assert.match(formatHelp("describe-job", 40), /--job-id <value>\n {6}The ID of the job/);
  });
});
