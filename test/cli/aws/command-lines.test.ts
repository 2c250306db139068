/** Command lines mean what they mean to the AWS CLI: the same parameters, or the same refusal. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CommandFailure,
  exitStatus,
  formatFailure,
} from "../../../src/cli/aws/errors-and-exit-codes.ts";
import { parseArguments } from "../../../src/cli/aws/parse-arguments.ts";
import { readFixture } from "./fixture.ts";

interface Recorded {
  readonly words: readonly string[];
  readonly status: number;
  readonly stderr: string;
  readonly call?: {
    readonly operation: string;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly paginate: boolean;
  };
}

/** Command lines that do here what the AWS CLI refuses. */
const ACCEPTED_HERE: ReadonlySet<string> = new Set([]);

/** The words of messages that come from another library than in Python. */
const FOREIGN = [
  /(Invalid JSON: ).*/,
  /(Bad value for --query \[: )[\s\S]*/,
  /(value: )(?:OrderedDict|\{).*(?=, valid types)/,
];

describe("moraine glacier, beside the AWS CLI", () => {
  const recordings = readFixture<readonly Recorded[]>("command-lines.json");
  for (const [index, recorded] of recordings.entries()) {
    const line = recorded.words.join(" ");
    if (ACCEPTED_HERE.has(line)) {
      continue;
    }
    it(`reads line ${index + 1} alike: ${line}`, () => {
      const words = recorded.words.filter((word) => word !== "glacier");
      assert.deepEqual(attempt(words), expectation(recorded));
    });
  }
});

function attempt(words: readonly string[]) {
  try {
    const invocation = parseArguments(words);
    if (invocation.kind === "call") {
      const { operation, parameters, paging } = invocation;
      const settings = paging ?? {};
      return {
        status: 0,
        operation,
        parameters: JSON.parse(JSON.stringify(parameters)),
        settings: JSON.parse(JSON.stringify(settings)),
      };
    }
    return { status: 0, kind: invocation.kind };
  } catch (error) {
    assert.ok(error instanceof CommandFailure, String(error));
    return { status: exitStatus(error.failure, "v2"), stderr: maskForeign(formatFailure(error)) };
  }
}

function expectation({ status, stderr, call }: Recorded) {
  if (call === undefined) {
    return { status, stderr: maskForeign(nameMoraine(stderr)) };
  }
  const { PaginationConfig = {}, ...parameters } = call.parameters;
  const settings = Object.fromEntries(
    Object.entries(PaginationConfig as object).map(([name, value]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      value,
    ]),
  );
  return { status, operation: call.operation, parameters, settings };
}

/** The program goes by another name. */
function nameMoraine(text: string): string {
  return text
    .replace("usage: aws", "usage: moraine")
    .replace("\naws: error", "\nmoraine: error")
    .replaceAll("\n  aws ", "\n  moraine ");
}

function maskForeign(text: string): string {
  return FOREIGN.reduce((masked, pattern) => masked.replace(pattern, "$1…"), text);
}
