import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setLines } from "./set-lines.ts";

const values = new Map([
  ["region", '"eu-west-1"'],
  ["endpoint", '"http://a"'],
]);

describe("setLines", () => {
  it("makes the section in an empty file", () => {
    assert.equal(
      setLines("", "[profile.home]", values),
      '[profile.home]\nregion = "eu-west-1"\nendpoint = "http://a"\n',
    );
  });

  it("replaces what is set, adds what is not, and leaves every other line", () => {
    const before = `# mine
[profile.home]
# comment
region = "us-east-1"
tier = "Bulk"

[profile.work]
region = "us-west-2"
`;
    assert.equal(
      setLines(before, "[profile.home]", values),
      `# mine
[profile.home]
# comment
region = "eu-west-1"
tier = "Bulk"
endpoint = "http://a"

[profile.work]
region = "us-west-2"
`,
    );
  });

  it("appends a section to a file without a line end", () => {
    assert.equal(
      setLines("[a]\nb = 1", "[c]", new Map([["d", "2"]])),
      "[a]\nb = 1\n\n[c]\nd = 2\n",
    );
  });

  it("changes nothing the second time", () => {
    const once = setLines("[x]\ny = 1\n", "[profile.home]", values);
    assert.equal(setLines(once, "[profile.home]", values), once);
  });
});
