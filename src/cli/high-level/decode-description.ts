/** `moraine decode-description`: shows which file the description of an archive names. */
import type { Command } from "commander";
import { decodeDescription } from "../../domain/descriptions/decode-description.ts";
import type { DecodedDescription } from "../../domain/descriptions/decoded-description.ts";
import { formatIsoSeconds } from "../../std/iso-time.ts";
import { EXIT } from "../exit-codes.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import {
  createToolCommand,
  describeFailure,
  escapeControls,
  runToolCommand,
  type ToolSurroundings,
} from "./tool-command.ts";

interface Options {
  readonly archiveId?: string;
  readonly json?: true;
}

const EXAMPLES = `
Descriptions of mt-aws-glacier, FastGlacier, CrushFTP, CloudBerry, QNAP, git-annex and Moraine are
read; any other text is a name as it is.

Examples:
  moraine decode-description '{"path": "/sample/1234.pdf", "type": "file"}'
  moraine decode-description --archive-id "$ID" "$DESCRIPTION" --json
  jq -r '.ArchiveList[].ArchiveDescription' inventory.json | moraine decode-description -
`;

/**
 * Runs `decode-description`; resolves with the exit status: `usage` for wrong words, `failed` when standard
 * input can't be read. Every text decodes, so a description itself never fails.
 */
export async function decodeDescriptions(
  words: readonly string[],
  terminal: Terminal,
  surroundings: ToolSurroundings = { openStdin: () => process.stdin },
): Promise<number> {
  let status: number = EXIT.ok;
  const command = describeDecodeDescription(terminal);
  command.action(async (text: string, { archiveId, json }: Options) => {
    const format = json ? formatJsonLine : formatRow;
    if (!json) {
      terminal.stdout(HEADER);
    }
    const print = (line: string) => terminal.stdout(format(decodeDescription(line, archiveId)));
    if (text !== "-") {
      print(text);
      return;
    }
    try {
      for await (const line of readLines(surroundings.openStdin())) {
        print(line);
      }
    } catch (error) {
      terminal.stderr(`moraine decode-description: standard input: ${describeFailure(error)}\n`);
      status = EXIT.failed;
    }
  });
  return await runToolCommand(command, words, () => status);
}

/** Its words, for manual pages and completion too. */
export function describeDecodeDescription(terminal: Terminal = silentTerminal): Command {
  return createToolCommand("moraine decode-description", terminal)
    .description("Show which file the description of an archive names.")
    .argument("<text>", 'The description; "-" reads one of each line of standard input.')
    .option("--archive-id <id>", "The archive's id, which names it where its description does not.")
    .option("--json", "Print a line of JSON for each description.")
    .addHelpText("after", EXAMPLES);
}

const HEADER = formatColumns("SIZE", "MODIFIED", "FROM", "NAME");

function formatRow({ name, tool, sizeBytes, modifiedAtMs }: DecodedDescription): string {
  const modified = modifiedAtMs === undefined ? "-" : formatIsoSeconds(modifiedAtMs);
  return formatColumns(String(sizeBytes ?? "-"), modified, tool, escapeControls(name));
}

function formatColumns(size: string, modified: string, tool: string, name: string): string {
  return `${size.padStart(14)}  ${modified.padEnd(20)}  ${tool.padEnd(14)}  ${name}\n`;
}

function formatJsonLine({ modifiedAtMs, ...decoded }: DecodedDescription): string {
  const { name, tool, ...others } = decoded;
  const modifiedAt = modifiedAtMs === undefined ? undefined : formatIsoSeconds(modifiedAtMs);
  return `${JSON.stringify({ name, tool, modifiedAt, ...others })}\n`;
}

/**
 * Lines of UTF-8, without their ends; what is malformed becomes U+FFFD. Only a line feed ends a line, since
 * the other separators of Unicode may stand in a name.
 */
async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  for await (const chunk of source) {
    const [first = "", ...others] = decoder.decode(chunk, { stream: true }).split("\n");
    pieces.push(first);
    for (const next of others) {
      yield pieces.join("").replace(/\r$/, "");
      pieces = [next];
    }
  }
  const last = pieces.join("") + decoder.decode();
  if (last !== "") {
    yield last.replace(/\r$/, "");
  }
}
