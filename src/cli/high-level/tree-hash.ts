/** `moraine treehash`: prints the SHA-256 tree hashes of files, as the service computes them. */
import { createReadStream } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { formatInclusiveRange } from "../../domain/byte-range.ts";
import { findWholeNumber } from "../../domain/decimal.ts";
import { GIB, KIB, MIB, PART_SIZE_MAX_BYTES, PART_SIZE_MIN_BYTES } from "../../domain/limits.ts";
import { EXIT } from "../exit-codes.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { hashStream } from "./hash-stream.ts";
import {
  createToolCommand,
  describeFailure,
  escapeControls,
  runToolCommand,
  type ToolSurroundings,
} from "./tool-command.ts";

interface Options {
  readonly part?: number;
  readonly json?: true;
}

const EXAMPLES = `
A line holds the tree hash and the file, after the lines of its parts: tree hash, file and range.
With --json a line of "event" "file" also holds sizeBytes and sha256, the linear SHA-256; before it
come those of "event" "part".

Examples:
  moraine treehash backup.tar
  moraine treehash --part 16MiB --json backup.tar
  tar c photos | moraine treehash -
`;

/**
 * Runs `treehash`; resolves with the exit status: `usage` for wrong words, `failed` when some file could not
 * be read, which is told on standard error while the others are hashed. Memory does not grow with the files.
 */
export async function treeHash(
  words: readonly string[],
  terminal: Terminal,
  surroundings: ToolSurroundings = { openStdin: () => process.stdin },
): Promise<number> {
  let status: number = EXIT.ok;
  const command = describeTreeHash(terminal);
  command.action(async (files: string[], options: Options) => {
    if (files.indexOf("-") !== files.lastIndexOf("-")) {
      command.error('error: standard input ("-") can be read once only');
    }
    for (const file of files) {
      try {
        const source =
          file === "-" ? surroundings.openStdin() : createReadStream(file, { highWaterMark: MIB });
        await printHashes(file, source, options, terminal);
      } catch (error) {
        const failure = escapeControls(`${file}: ${describeFailure(error)}`);
        terminal.stderr(`moraine treehash: ${failure}\n`);
        status = EXIT.failed;
      }
    }
  });
  return await runToolCommand(command, words, () => status);
}

/** Its words, for manual pages and completion too. */
export function describeTreeHash(terminal: Terminal = silentTerminal): Command {
  return createToolCommand("moraine treehash", terminal)
    .description("Print the SHA-256 tree hash of files.")
    .argument("<file...>", 'Files; "-" is standard input.')
    .option(
      "--part <size>",
      "Print the tree hash of each part too: bytes, or a number with KiB, MiB or GiB; a power of two" +
        " from 1MiB to 4GiB.",
      parsePartSize,
    )
    .option("--json", "Print lines of JSON, with size and linear SHA-256.")
    .addHelpText("after", EXAMPLES);
}

/** Parts are printed as they are known: an archive of 40 TB has up to 10 000, a stream any number. */
async function printHashes(
  file: string,
  source: AsyncIterable<Uint8Array>,
  { part: partSizeBytes, json = false }: { readonly part?: number; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const shown = escapeControls(file);
  const print = (line: string, event: object) =>
    terminal.stdout(`${json ? JSON.stringify(event) : line}\n`);
  const hashes = await hashStream(source, {
    isLinearWanted: json,
    partSizeBytes,
    onPart: (bytes, treeHash) => {
      const range = formatInclusiveRange(bytes);
      print(`${treeHash}  ${shown}  ${range}`, { event: "part", file, range, treeHash });
    },
  });
  print(`${hashes.treeHash}  ${shown}`, { event: "file", file, ...hashes });
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["kib", KIB],
  ["mib", MIB],
  ["gib", GIB],
]);

/** The sizes that a multipart upload may have (contract §2.20), in bytes. */
function parsePartSize(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+)([a-z]*)$/i.exec(text) ?? [];
  const factor = UNITS.get(unit.toLowerCase());
  const bytes = (findWholeNumber(digits) ?? 0) * (factor ?? 0);
  const isPowerOfTwo = Number.isInteger(Math.log2(bytes));
  if (!isPowerOfTwo || bytes < PART_SIZE_MIN_BYTES || bytes > PART_SIZE_MAX_BYTES) {
    throw new InvalidArgumentError(
      `It must be a power of two from 1MiB to 4GiB, such as 16MiB; got "${text}".`,
    );
  }
  return bytes;
}
