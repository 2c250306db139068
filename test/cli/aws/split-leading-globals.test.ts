import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseArguments } from "../../../src/cli/aws/parse-arguments.ts";
import { splitLeadingGlobals } from "../../../src/cli/aws/split-leading-globals.ts";

const split = (line: string) => splitLeadingGlobals(line.split(" "))?.join(" ");

describe("splitLeadingGlobals", () => {
  it("takes glacier out of words that begin with global options", () => {
    assert.equal(split("--region x glacier list-vaults"), "--region x list-vaults");
    assert.equal(split("--region=x --debug glacier list-vaults"), "--region=x --debug list-vaults");
    assert.equal(split("--regi x --no-pag glacier a glacier"), "--regi x --no-pag a glacier");
    assert.equal(split("--profile glacier glacier help"), "--profile glacier help");
  });

  it("leaves options that nobody knows for the command to refuse", () => {
    assert.equal(split("--bogus glacier list-vaults"), "--bogus list-vaults");
    assert.equal(split("--no glacier list-vaults"), "--no list-vaults");
  });

  it("has nothing to say of words without glacier in the place of the command", () => {
    const lines = ["glacier --region x", "--region glacier", "--region x serve glacier", "--debug"];
    for (const line of [...lines, "serve"]) {
      assert.equal(split(line), undefined, line);
    }
  });

  it("gives words that mean the same as with the options last", () => {
    const given = ["--output", "text", "glacier", "list-vaults", "--account-id", "-"];
    const words = splitLeadingGlobals(given);
    assert.deepEqual(
      parseArguments(words ?? []),
      parseArguments(["list-vaults", "--account-id", "-", "--output", "text"]),
    );
  });
});
