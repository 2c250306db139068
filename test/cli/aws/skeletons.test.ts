/** Skeletons equal those of the AWS CLI, for all operations. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { findOperation, formatKebabCase } from "../../../src/cli/aws/command-names.ts";
import { formatJsonOutput } from "../../../src/cli/aws/output/json.ts";
import { formatInputSkeleton, outputSkeleton } from "../../../src/cli/aws/skeleton.ts";
import { operationNames } from "../../../src/protocol/operations.ts";
import { readFixture } from "./fixture.ts";

interface Recorded {
  readonly input: string;
  readonly output: string;
  readonly "yaml-input": unknown;
}

const recordings = readFixture<Readonly<Record<string, Recorded>>>("skeletons.json");

describe("skeletons", () => {
  it("are recorded of every command that has them", () => {
    const commands = operationNames.filter((name) => name !== "GetJobOutput").map(formatKebabCase);
    assert.deepEqual(Object.keys(recordings).sort(), [...commands].sort());
  });

  for (const [command, recorded] of Object.entries(recordings)) {
    const operation = findOperation(command);
    assert.ok(operation, command);
    it(`show the input of ${command}`, () => {
      assert.equal(formatInputSkeleton(operation, "input"), recorded.input);
    });
    it(`show the input of ${command} as YAML`, () => {
      const text = formatInputSkeleton(operation, "yaml-input").replaceAll("!!binary ", "");
      assert.deepEqual(parse(text) ?? {}, recorded["yaml-input"]);
    });
    it(`show the output of ${command}`, () => {
      assert.equal(formatJsonOutput(outputSkeleton(operation)), recorded.output);
    });
  }
});
