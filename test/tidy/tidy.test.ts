/** The repository is tidy, and the rules that say so can fail. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  findBadHeadings,
  findConsoleCalls,
  findDeadFiles,
  findFocusedTests,
  findLongLines,
  findMachinePaths,
  findOpenReminders,
  findRepeatedTestNames,
  findUnexplainedModules,
  listFiles,
  listTrackedIgnored,
  repository,
  type SourceFile,
} from "./tidy.ts";

type Rule = (files: readonly SourceFile[]) => string[];

/** Each rule with files that it must complain about, and files that it must let pass. */
const rules: readonly {
  readonly name: string;
  readonly rule: Rule;
  readonly bad: readonly (readonly [path: string, text: string])[];
  readonly good: readonly (readonly [path: string, text: string])[];
}[] = [
  {
    name: "no dead files",
    rule: findDeadFiles,
    bad: [["src/dead.ts", "export const dead = 1;"]],
    good: [
      ["src/live.test.ts", `import { live } from "./live.ts"; new URL("./worker.ts", x);`],
      ["src/live.ts", `export * from "./deep/leaf.ts";`],
      ["src/deep/leaf.ts", ""],
      ["src/worker.ts", ""],
    ],
  },
  {
    name: "no test runs alone or is skipped silently",
    rule: findFocusedTests,
    bad: [
      ["a.test.ts", `it.only("x", () => {});`],
      ["b.test.ts", `describe.skip("x", () => {});`],
      ["c.test.ts", `it("x", { skip: true }, () => {});`],
      ["d.test.ts", "t.skip();"],
    ],
    good: [["a.test.ts", `it("x", { skip: "needs root" }, () => { t.skip("needs root"); });`]],
  },
  {
    name: "no code line is longer than 100 columns",
    rule: findLongLines,
    bad: [
      ["a.ts", `const x = ${"y + ".repeat(30)}z;`],
      ["b.ts", `// ${"word ".repeat(30)}`],
    ],
    good: [
      ["a.ts", `  throw new Error("${"word ".repeat(40)}");`],
      ["b.ts", `  const pattern = /${"word ".repeat(40)}/;`],
      ["c.md", "word ".repeat(100)],
    ],
  },
  {
    name: "no reminder lacks its issue",
    rule: findOpenReminders,
    bad: [["a.ts", `// ${"TO" + "DO"}: later`]],
    good: [["a.ts", `// ${"TO" + "DO"} (#12): later`]],
  },
  {
    name: "headings are well formed",
    rule: findBadHeadings,
    bad: [
      ["none.md", "text"],
      ["two.md", "# a\n# b\n"],
      ["late.md", "## a\n# b\n"],
      ["skip.md", "# a\n### b\n"],
    ],
    good: [["a.md", "# a\n## b\n### c\n```\n# comment\n```\n## d\n"]],
  },
  {
    name: "test names are unique in a file",
    rule: findRepeatedTestNames,
    bad: [["a.test.ts", `it("x", () => {});\nit(\n  "x",\n  () => {},\n);`]],
    good: [["a.test.ts", `it("x", () => {});\nit("y", () => {});`]],
  },
  {
    name: "every module says what it is for",
    rule: findUnexplainedModules,
    bad: [
      [
        "src/a.ts",
        `import { b } from "./b.ts";

${"export const a = b;\n".repeat(50)}`,
      ],
    ],
    good: [
      ["src/tiny.ts", "export const a = 1;"],
      ["src/a.ts", "/** What a is. */\nexport const a = 1;"],
      [
        "src/b.ts",
        `import {\n  a,\n} from "./a.ts";\nimport x from "x";\n\n/** B. */\nexport const b = a;`,
      ],
    ],
  },
  {
    name: "no module writes to the console",
    rule: findConsoleCalls,
    bad: [["src/a.ts", `console.log("x");`]],
    good: [
      ["src/a.ts", `const text = "console.log(1)";`],
      ["scripts/a.ts", `console.log("x");`],
    ],
  },
  {
    name: "no path of one machine",
    rule: findMachinePaths,
    bad: [
      ["a.ts", `open("${repository}/a.txt");`],
      ["b.md", "see /home/alice/notes"],
    ],
    good: [["a.md", "see /etc/moraine and ~/notes"]],
  },
];

describe("the repository", () => {
  const files = listFiles();
  for (const { name, rule } of rules) {
    it(`is tidy: ${name}`, () => {
      const complaints = rule(files);
      assert.ok(complaints.length === 0, `\n${complaints.join("\n")}\n`);
    });
  }
});

describe("what is tracked", () => {
  it("holds nothing that a build makes", () => {
    assert.deepEqual(listTrackedIgnored(), []);
  });
});

describe("a rule of tidiness", () => {
  for (const { name, rule, bad, good } of rules) {
    it(`finds what it is for and nothing else: ${name}`, () => {
      for (const [path, text] of bad) {
        assert.notDeepEqual(rule([{ path, text }]), [], path);
      }
      assert.deepEqual(rule(good.map(([path, text]) => ({ path, text }))), []);
    });
  }
});
