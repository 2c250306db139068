/**
 * Shows where the service answers otherwise than the fixtures in `test/wire` state, as a diff. Nothing is
 * written unless a case is named: `--write create-vault/success` puts the actual answers of that one case
 * into its file, to be read before it is committed. Without `--write`, other words choose the cases whose
 * name holds one of them. Ends with 1 when something differs.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { startWireServer } from "../test/support/wire-server.ts";
import { type Fixture, listFixtures } from "../test/wire/fixture-format.ts";
import { type PlayedExchange, playFixture } from "../test/wire/run-fixture.ts";

const { values, positionals } = parseArgs({
  options: { write: { type: "string" } },
  allowPositionals: true,
});

const chosen = listFixtures().filter(({ name }) =>
  values.write === undefined
    ? positionals.length === 0 || positionals.some((word) => name.includes(word))
    : name === values.write,
);
if (chosen.length === 0) {
  console.error("no fixture has such a name");
  process.exitCode = 2;
}
for (const [index, fixture] of chosen.entries()) {
  await record(fixture, index);
}

async function record(fixture: Fixture, index: number): Promise<void> {
  const server = await startWireServer(fixture.settings);
  try {
    const played = await playFixture(fixture, server, `record-${index}`);
    if (played.every(({ actual, expected }) => actual === expected)) {
      return;
    }
    process.exitCode = 1;
    console.log(readable(`${fixture.name} (${fixture.source})`));
    for (const exchange of played) {
      printDiff(exchange);
    }
    if (values.write === fixture.name) {
      await rewrite(fixture, played);
      console.log(`wrote ${fixture.path}`);
    }
  } finally {
    await server.stop();
  }
}

/** Lines that only one side has; headers have no order, so neither does this. */
function printDiff({ expected, actual }: PlayedExchange): void {
  const [expectedLines, actualLines] = [expected.split("\n"), actual.split("\n")];
  for (const line of expectedLines.filter((candidate) => !actualLines.includes(candidate))) {
    console.log(readable(`  - ${line}`));
  }
  for (const line of actualLines.filter((candidate) => !expectedLines.includes(candidate))) {
    console.log(readable(`  + ${line}`));
  }
}

async function rewrite(fixture: Fixture, played: readonly PlayedExchange[]): Promise<void> {
  const text = await readFile(fixture.path, "latin1");
  const sections = text.split(/^===\n/m).map((section, index) => {
    const [request = ""] = section.split(/^---\n/m);
    return `${request}---\n${played[index]?.actual ?? ""}`;
  });
  await writeFile(fixture.path, sections.join("===\n"), "latin1");
}

/** Fixtures are handled with one code unit per byte; terminals want text. */
function readable(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}
