/** Answers look as the AWS CLI prints them, in every format. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OutputFormat } from "../../../src/cli/aws/global-options.ts";
import { writeAnswer, writePages } from "../../../src/cli/aws/output/write-output.ts";
import { type Page, pagingOf, walkPages } from "../../../src/cli/aws/pagination.ts";
import { compileQuery } from "../../../src/cli/aws/query.ts";
import { readFixture } from "./fixture.ts";

interface Case {
  readonly name: string;
  readonly operation: string;
  readonly response: Page;
}

interface Recorded {
  readonly name: string;
  readonly operation: string;
  readonly query: string | null;
  readonly format: OutputFormat;
  readonly text: string | { readonly error: string };
}

interface RecordedPaging {
  readonly setting: Readonly<Record<string, string>>;
  readonly calls: readonly unknown[];
  readonly outputs: Readonly<Record<OutputFormat, string | { readonly error: string }>>;
}

const responses = readFixture<readonly Case[]>("responses.json");

function settingsOf(format: OutputFormat, query: string | null, title: string) {
  return {
    format,
    query: query === null ? undefined : compileQuery(query),
    title,
    terminalWidth: 80,
    color: false,
  };
}

describe("writeAnswer", () => {
  for (const { name, operation, query, format, text } of readFixture<readonly Recorded[]>(
    "formats.json",
  )) {
    // The AWS CLI fails on some mixtures of lists and structures; there is nothing to equal then.
    if (typeof text !== "string") {
      continue;
    }
    it(`prints ${name} as ${format}${query === null ? "" : `, asked for ${query}`}`, () => {
      const response = responses.find((each) => each.name === name)?.response ?? {};
      let written = "";
      writeAnswer(response, settingsOf(format, query, operation), (part) => {
        written += part;
      });
      assert.equal(written, text);
    });
  }
});

describe("writePages", () => {
  for (const recorded of readFixture<readonly RecordedPaging[]>("paging.json")) {
    for (const [format, expected] of Object.entries(recorded.outputs)) {
      it(`walks with ${JSON.stringify(recorded.setting)} and prints ${format}`, async () => {
        const calls: unknown[] = [];
        const walk = startWalk(recorded.setting, calls);
        let written = "";
        const writing = writePages(
          walk,
          settingsOf(format as OutputFormat, null, "ListVaults"),
          (part) => {
            written += part;
          },
        );
        if (typeof expected !== "string") {
          await assert.rejects(writing, { message: expected.error });
          return;
        }
        await writing;
        assert.deepEqual({ written, calls }, { written: expected, calls: recorded.calls });
      });
    }
  }
});

function startWalk(setting: Readonly<Record<string, string>>, calls: unknown[]) {
  const paging = pagingOf("ListVaults");
  assert.ok(paging);
  const { PageSize: pageSize, MaxItems: maxItems, StartingToken: startingToken } = setting;
  const settings = JSON.parse(JSON.stringify({ pageSize, maxItems, startingToken }));
  return walkPages(paging, { accountId: "-" }, settings, async (parameters) => {
    calls.push(parameters);
    return listSevenVaults(parameters);
  });
}

/** Seven vaults, three on a page unless `limit` says otherwise. */
function listSevenVaults({ marker, limit }: Readonly<Record<string, unknown>>): Page {
  const names = Array.from({ length: 7 }, (_, index) => `v${index}`);
  const start = typeof marker === "string" ? names.indexOf(marker) : 0;
  const end = start + Number(limit ?? 3);
  const next = names[end];
  return {
    VaultList: names.slice(start, end).map((name) => ({ VaultName: name })),
    ...(next === undefined ? {} : { Marker: next }),
  };
}
