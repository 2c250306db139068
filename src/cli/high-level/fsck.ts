/** `moraine fsck`: checks what is stored, on a running service or in the data folder of a stopped one. */
import { Command } from "commander";
import type { AdminEvent } from "../../client/admin-stream.ts";
import { formatJson } from "../../std/json.ts";
import { addAdminUrl, connect, Refusal } from "../admin-connection.ts";
import { readEncryption } from "../encryption-flags.ts";
import { EXIT } from "../exit-codes.ts";
import {
  createProgressLine,
  type LongSurroundings,
  processSurroundings,
  runLongCommand,
} from "../long-command.ts";
import { withStoppedFolder } from "../stopped-folder.ts";
import type { Terminal } from "../terminal.ts";
import { findRate, formatSize } from "../units.ts";
import { describeFinding } from "./describe-finding.ts";

interface Options {
  readonly rehash?: boolean;
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly encryptionKeyFile?: string;
  readonly maxRate?: string;
  readonly adminUrl: string;
}

/** What a running service is asked for unless told otherwise, so that its users do not notice. */
const ONLINE_BYTES_PER_SECOND = 64 * 1024 * 1024;

/**
 * Runs `fsck`; resolves with 0 when all is sound, with `integrity` after naming everything that is not on
 * standard output, `unreachable` when the service does not answer or the check breaks off.
 */
export async function fsck(
  words: readonly string[],
  terminal: Terminal,
  surroundings: LongSurroundings = processSurroundings(),
): Promise<number> {
  return await runLongCommand(
    (signal, setStatus) => {
      const command = new Command("moraine fsck")
        .description("Check archives, metadata and blobs against each other; changes nothing.")
        .exitOverride()
        .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
        .option("--rehash", "Read every byte again and compare its hashes.")
        .option("--data-dir <folder>", "Check the data folder of a service that is stopped.")
        .option(
          "--encryption-key-file <file>",
          "The key of an encrypted data folder, with --data-dir; MORAINE_ENCRYPTION_KEY_FILE unless given.",
        )
        .option(
          "--max-rate <rate>",
          'Bytes read per second, such as 20MiB/s, or "unlimited"; 64MiB/s unless given, unlimited with' +
            " --data-dir.",
        )
        .option("--json", "Print a line of JSON for each finding, and one at the end.");
      return addAdminUrl(command, surroundings.env).action(async (options: Options) => {
        setStatus(await check(options, { terminal, surroundings, signal }));
      });
    },
    words,
    { terminal, surroundings },
  );
}

interface Context {
  readonly terminal: Terminal;
  readonly surroundings: LongSurroundings;
  readonly signal: AbortSignal;
}

async function check(options: Options, context: Context): Promise<number> {
  const { terminal, surroundings } = context;
  const line = createProgressLine(terminal, surroundings.isTty);
  let told = 0;
  const onEvent = (event: AdminEvent): void => {
    if (event.Event === "Progress") {
      line.show(formatProgress(event));
    } else if (event.Event === "Finding") {
      told += 1;
      line.clear();
      terminal.stdout(`${options.json ? formatJson(event) : describeFinding(event)}\n`);
    }
  };
  try {
    const summary = await run(options, context, onEvent);
    line.clear();
    const findings = Number(summary["Findings"]);
    terminal.stdout(`${options.json ? formatJson(summary) : formatSummary(summary)}\n`);
    return findings === 0 ? EXIT.ok : EXIT.damaged;
  } catch (error) {
    line.clear();
    // Damage that was told outweighs that the check could not go on for it.
    if (told > 0 && error instanceof Refusal && error.exitCode === EXIT.failed) {
      throw new Refusal(EXIT.damaged, error.message, { cause: error });
    }
    throw error;
  }
}

async function run(
  options: Options,
  { surroundings, signal }: Context,
  onEvent: (event: AdminEvent) => void,
): Promise<AdminEvent> {
  const rehash = options.rehash === true;
  const { dataDir } = options;
  if (dataDir === undefined) {
    const rate = parseRate(options.maxRate, ONLINE_BYTES_PER_SECOND);
    const request = { Rehash: rehash, MaxBytesPerSecond: rate ?? null };
    return await connect(options.adminUrl, surroundings).checkIntegrity({
      request,
      onEvent,
      signal,
    });
  }
  const maxBytesPerSecond = parseRate(options.maxRate, undefined);
  const summary = await withStoppedFolder(surroundings.loadStoppedFolder, (verbs) =>
    verbs.checkStoppedFolder(
      {
        dataDir,
        rehash,
        maxBytesPerSecond,
        encryption: readEncryption(options, surroundings.env),
      },
      // Events of the service's own code, which would go through JSON otherwise.
      async (event) => onEvent(event as AdminEvent),
      signal,
    ),
  );
  return { Event: "Finished", ...summary };
}

function parseRate(text: string | undefined, otherwise: number | undefined): number | undefined {
  if (text === undefined) {
    return otherwise;
  }
  if (text === "unlimited") {
    return undefined;
  }
  const rate = findRate(text);
  if (rate === undefined) {
    throw new Refusal(
      EXIT.usage,
      `--max-rate must be a rate such as 20MiB/s, or "unlimited"; got "${text}"`,
    );
  }
  return rate;
}

function formatProgress(event: AdminEvent): string {
  return (
    `${event["Archives"]} archives, ${event["Blobs"]} blobs, ` +
    `${formatSize(Number(event["BytesHashed"]))} read, ${event["Findings"]} findings`
  );
}

function formatSummary(summary: AdminEvent): string {
  const findings = Number(summary["Findings"]);
  const done =
    `${summary["Archives"]} archives in ${summary["Vaults"]} vaults, ${summary["Parts"]} parts, ` +
    `${summary["Blobs"]} blobs, ${formatSize(Number(summary["BytesHashed"]))} read again`;
  const others =
    `${summary["Leftovers"]} leftovers for the sweep` +
    (Number(summary["BlobsUnderWay"]) > 0 ? `, ${summary["BlobsUnderWay"]} under way` : "");
  const verdict = findings === 0 ? "All is sound" : `${findings} findings`;
  return `${verdict}: ${done}; ${others}.`;
}
