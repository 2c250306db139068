/** `moraine fsck`: checks what is stored, on a running service or in the data folder of a stopped one. */
import { Command } from "commander";
import type { KnownDamage } from "../../client/admin-client.ts";
import type { AdminEvent } from "../../client/admin-stream.ts";
import { formatJson } from "../../std/json.ts";
import { addAdminUrl, connect } from "../admin-connection.ts";
import { readEncryption } from "../encryption-flags.ts";
import { EXIT } from "../exit-codes.ts";
import {
  createProgressLine,
  type LongSurroundings,
  processSurroundings,
  runLongCommand,
} from "../long-command.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { withStoppedFolder } from "../stopped-folder.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { findRate, formatSize } from "../units.ts";
import { describeFinding, describeKnownDamage } from "./describe-finding.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";

interface Options {
  readonly rehash?: boolean;
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly known?: boolean;
  readonly repairFrom?: string;
  readonly encryptionKeyFile?: string;
  readonly maxRate?: string;
  readonly adminUrl: string;
}

/** What a running service is asked for unless told otherwise, so that its users do not notice. */
const ONLINE_BYTES_PER_SECOND = 64 * 1024 * 1024;

/**
 * Runs `fsck`; resolves with 0 when all is sound, with `damaged` after naming everything that is not on
 * standard output, `unreachable` when the service does not answer or the check breaks off.
 */
export async function fsck(
  words: readonly string[],
  terminal: Terminal,
  surroundings: LongSurroundings = processSurroundings(),
): Promise<number> {
  return await runLongCommand(
    (signal, setStatus) => {
      const command = describeFsck(terminal, surroundings.env);
      return command.action(async (options: Options) => {
        setStatus(await check(options, { terminal, surroundings, signal }));
      });
    },
    words,
    { terminal, surroundings },
  );
}

/** Its words, for manual pages and completion too. */
export function describeFsck(
  terminal: Terminal = silentTerminal,
  env: LongSurroundings["env"] = {},
): Command {
  const command = new Command("moraine fsck")
    .description(
      "Check archives, metadata and blobs against each other; changes nothing without --repair-from.",
    )
    .addHelpText("after", OPERATOR_EXAMPLES.fsck)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .option("--rehash", "Read every byte again and compare its hashes.")
    .option("--data-dir <folder>", "Check the data folder of a service that is stopped.")
    .option(
      "--encryption-key-file <file>",
      "The key of an encrypted data folder, with --data-dir; MORAINE_ENCRYPTION_KEY_FILE unless given.",
    )
    .option(
      "--known",
      "List the damage that the scrub has found, without checking anything; with --repair-from, look only at" +
        " blobs with known damage.",
    )
    .option(
      "--repair-from <copy>",
      "Read every byte again, and put damaged blobs back from a second copy: a data folder, a backup with blobs, a" +
        " mirror, or s3://bucket/prefix.",
    )
    .option(
      "--max-rate <rate>",
      'Bytes read per second, such as 20MiB/s, or "unlimited"; 64MiB/s unless given, unlimited with' +
        " --data-dir.",
    )
    .option("--json", "Print a line of JSON for each finding, and one at the end.");
  return addAdminUrl(command, env);
}

interface Context {
  readonly terminal: Terminal;
  readonly surroundings: LongSurroundings;
  readonly signal: AbortSignal;
}

async function check(options: Options, context: Context): Promise<number> {
  if (options.known === true && options.repairFrom === undefined) {
    return await listKnownDamage(options, context);
  }
  const { terminal, surroundings } = context;
  const line = createProgressLine(terminal, surroundings.isTty);
  let told = 0;
  const onEvent = (event: AdminEvent): void => {
    if (event.Event === "Progress") {
      line.show(formatProgress(event));
    } else if (event.Event === "Finding" || event.Event === "Repaired") {
      told += event.Event === "Finding" ? 1 : 0;
      line.clear();
      terminal.stdout(`${options.json ? formatJson(event) : describeFinding(event)}\n`);
    }
  };
  try {
    const summary = await run(options, context, onEvent);
    line.clear();
    const findings = Number(summary["Findings"]);
    terminal.stdout(`${options.json ? formatJson(summary) : formatSummary(summary)}\n`);
    if (!options.json && Array.isArray(summary["Notes"])) {
      for (const note of summary["Notes"]) {
        terminal.stdout(`${note}\n`);
      }
    }
    return findings === 0 ? EXIT.ok : EXIT.damaged;
  } catch (error) {
    line.clear();
    // Damage that was told outweighs that the check could not go on for it.
    if (told > 0 && error instanceof VerbFailure && error.exitCode === EXIT.failed) {
      throw new VerbFailure(EXIT.damaged, error.message, { cause: error });
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
  const { dataDir, repairFrom } = options;
  if (repairFrom !== undefined) {
    return await runRepair({ ...options, repairFrom }, { surroundings, signal }, onEvent);
  }
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
  const encryption = readEncryption(options, surroundings.env);
  const summary = await withStoppedFolder(surroundings.loadStoppedFolder, (verbs) =>
    verbs.checkStoppedFolder(
      { dataDir, encryption, rehash, maxBytesPerSecond },
      // Events of the service's own code, which would go through JSON otherwise.
      async (event) => onEvent(event as AdminEvent),
      signal,
    ),
  );
  return { Event: "Finished", ...summary };
}

async function runRepair(
  options: Options & { readonly repairFrom: string },
  { surroundings, signal }: Pick<Context, "surroundings" | "signal">,
  onEvent: (event: AdminEvent) => void,
): Promise<AdminEvent> {
  const { dataDir, repairFrom: from } = options;
  const knownOnly = options.known === true;
  if (dataDir === undefined) {
    const rate = parseRate(options.maxRate, ONLINE_BYTES_PER_SECOND) ?? null;
    const request = { From: from, KnownOnly: knownOnly, MaxBytesPerSecond: rate };
    return await connect(options.adminUrl, surroundings).repairBlobs({ request, onEvent, signal });
  }
  const maxBytesPerSecond = parseRate(options.maxRate, undefined);
  const encryption = readEncryption(options, surroundings.env);
  const summary = await withStoppedFolder(surroundings.loadStoppedFolder, (verbs) =>
    verbs.repairStoppedFolder(
      { dataDir, encryption, from, knownOnly, maxBytesPerSecond },
      async (event) => onEvent(event as AdminEvent),
      signal,
    ),
  );
  return { Event: "Finished", ...summary };
}

/** Prints known damage that is not repaired; resolves with `damaged` when there is some. */
async function listKnownDamage(
  options: Options,
  { terminal, surroundings }: Context,
): Promise<number> {
  let count = 0;
  const tell = (damage: KnownDamage): void => {
    count += 1;
    const event = { Event: "KnownDamage", ...damage };
    terminal.stdout(`${options.json ? formatJson(event) : describeKnownDamage(damage)}\n`);
  };
  const { dataDir } = options;
  if (dataDir === undefined) {
    for await (const damage of connect(options.adminUrl, surroundings).listDamages(false)) {
      tell(damage);
    }
  } else {
    const encryption = readEncryption(options, surroundings.env);
    await withStoppedFolder(surroundings.loadStoppedFolder, (verbs) =>
      verbs.listDamagesOfStoppedFolder({ dataDir, encryption, repaired: false }, tell),
    );
  }
  const summary = { Event: "Finished", Findings: count };
  const text = count === 0 ? "No damage is known." : `${count} damaged ranges are known.`;
  terminal.stdout(`${options.json ? formatJson(summary) : text}\n`);
  return count === 0 ? EXIT.ok : EXIT.damaged;
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
    throw new VerbFailure(
      EXIT.usage,
      `--max-rate must be a rate such as 20MiB/s, or "unlimited"; got "${text}"`,
    );
  }
  return rate;
}

function formatProgress(event: AdminEvent): string {
  if (event["Repaired"] !== undefined) {
    return (
      `${event["Parts"]} blobs, ${formatSize(Number(event["BytesHashed"]))} read, ` +
      `${event["Repaired"]} put back, ${event["Findings"]} findings`
    );
  }
  return (
    `${event["Archives"]} archives, ${event["Blobs"]} blobs, ` +
    `${formatSize(Number(event["BytesHashed"]))} read, ${event["Findings"]} findings`
  );
}

function formatSummary(summary: AdminEvent): string {
  const findings = Number(summary["Findings"]);
  if (summary["Repaired"] !== undefined) {
    const size = formatSize(Number(summary["RepairedBytes"]));
    const looked = `${summary["Parts"]} blobs, ${formatSize(Number(summary["BytesHashed"]))} read`;
    const rest = findings === 0 ? "all is sound now" : `${findings} could not be put back`;
    return `${summary["Repaired"]} blobs (${size}) were put back, ${rest}: ${looked}.`;
  }
  const done =
    `${summary["Archives"]} archives in ${summary["Vaults"]} vaults, ${summary["Parts"]} parts, ` +
    `${summary["Blobs"]} blobs, ${formatSize(Number(summary["BytesHashed"]))} read again`;
  const others =
    `${summary["Leftovers"]} leftovers for the sweep` +
    (Number(summary["BlobsUnderWay"]) > 0 ? `, ${summary["BlobsUnderWay"]} under way` : "");
  const verdict = findings === 0 ? "All is sound" : `${findings} findings`;
  return `${verdict}: ${done}; ${others}.`;
}
