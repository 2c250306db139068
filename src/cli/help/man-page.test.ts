import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Command } from "commander";
import { operationNames } from "../../protocol/operations.ts";
import { formatKebabCase } from "../aws/command-names.ts";
import { addGlobalFlags } from "../session/global-flags.ts";
import { formatGlacierManPage } from "./glacier-man-page.ts";
import { formatManPage } from "./man-page.ts";

const FACTS = { version: "1.2.3", date: "2026-11-27", seeAlso: ["moraine(1)"] };

function fixture(): Command {
  const command = new Command("moraine parcel").description("Send and fetch parcels.");
  const send = command
    .command("send")
    .description("Send one.")
    .argument("<file...>", "What to send.")
    .option("--part <size>", "Size of a part.")
    .addHelpText("after", "\nNotes on sending.\n\nExamples:\n  moraine parcel send a\\b\n");
  addGlobalFlags(send);
  return command;
}

describe("formatManPage", () => {
  it("has title, synopsis, arguments, options and examples of every subcommand", () => {
    const page = formatManPage(fixture(), FACTS);
    assert.match(page, /^\.TH "MORAINE\\-PARCEL" 1 "2026\\-11\\-27" "Moraine 1\.2\.3"$/m);
    assert.match(page, /^moraine\\-parcel \\- Send and fetch parcels$/m);
    assert.match(page, /^\\fBmoraine parcel send\\fR \[options\] <file\.\.\.>$/m);
    assert.match(page, /^\.SH "moraine parcel send"\nSend one\.$/m);
    assert.match(page, /^\.TP\n\\fB<file\.\.\.>\\fR\nWhat to send\.$/m);
    assert.match(page, /^\.TP\n\\fB\\-\\-part <size>\\fR\nSize of a part\.$/m);
    assert.match(
      page,
      /^Notes on sending\.\n\.PP\nExamples:\n\.nf\n {2}moraine parcel send a\\eb\n\.fi$/m,
    );
  });

  it("lists the global options once", () => {
    const page = formatManPage(fixture(), FACTS);
    assert.equal(page.split("\\-\\-endpoint\\-url").length, 2);
    assert.match(page, /^\.SH GLOBAL OPTIONS$/m);
  });

  it("lets no text begin a request of roff", () => {
    const command = new Command("moraine x").description(".so /etc/passwd");
    command.addHelpText("after", "\n.so /etc/passwd\n'quoted\n");
    const page = formatManPage(command, FACTS);
    assert.doesNotMatch(page, /^[.']so/m);
    assert.match(page, /^\\&'quoted$/m);
  });
});

describe("formatGlacierManPage", () => {
  it("has a section of every operation, with an example", () => {
    const page = formatGlacierManPage(FACTS);
    for (const operation of operationNames) {
      const name = formatKebabCase(operation).replaceAll("-", "\\-");
      assert.ok(page.includes(`\n.SS "${name}"\n`), name);
      assert.ok(page.includes(`\n  moraine glacier ${name} `), name);
    }
  });
});
