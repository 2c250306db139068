/** `moraine backup` and `moraine restore-backup`. */
import { Command } from "commander";
import type { AdminEvent } from "../../client/admin-stream.ts";
import { formatJson } from "../../std/json.ts";
import { addAdminUrl, connect } from "../admin-connection.ts";
import { EXIT } from "../exit-codes.ts";
import {
  createProgressLine,
  type LongSurroundings,
  processSurroundings,
  runLongCommand,
} from "../long-command.ts";
import { withStoppedFolder } from "../stopped-folder.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { formatSize } from "../units.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";

interface BackupFlags {
  readonly blobs?: boolean;
  readonly dataDir?: string;
  readonly adminUrl: string;
}

interface RestoreFlags {
  readonly dataDir: string;
  readonly withoutBlobs?: boolean;
  readonly allowDamaged?: boolean;
}

/**
 * Runs `backup`; resolves with 0 when everything is in it, with `damaged` when it was written but the service
 * had lost or damaged blobs. What was written is one JSON object on standard output.
 */
export async function backup(
  words: readonly string[],
  terminal: Terminal,
  surroundings: LongSurroundings = processSurroundings(),
): Promise<number> {
  return await runLongCommand(
    (signal, setStatus) => {
      return describeBackup(terminal, surroundings.env).action(
        async (directory: string, flags: BackupFlags) => {
          const blobs = flags.blobs === true;
          const { dataDir } = flags;
          const result = await watch({ terminal, surroundings }, (onEvent) =>
            dataDir === undefined
              ? connect(flags.adminUrl, surroundings).createBackup({
                  request: { Directory: directory, Blobs: blobs },
                  onEvent,
                  signal,
                })
              : withStoppedFolder(surroundings.loadStoppedFolder, (verbs) =>
                  verbs.backupStoppedFolder(
                    { dataDir, directory, blobs },
                    // Events of the service's own code, which would go through JSON otherwise.
                    async (event) => onEvent(event as AdminEvent),
                    signal,
                  ),
                ),
          );
          setStatus(tell(result, terminal));
        },
      );
    },
    words,
    { terminal, surroundings },
  );
}

/** Runs `restore-backup`; resolves with 0, or with `damaged` when damaged blobs were left out. */
export async function restoreBackup(
  words: readonly string[],
  terminal: Terminal,
  surroundings: LongSurroundings = processSurroundings(),
): Promise<number> {
  return await runLongCommand(
    (signal, setStatus) =>
      describeRestoreBackup(terminal).action(async (directory: string, flags: RestoreFlags) => {
        const request = {
          directory,
          dataDir: flags.dataDir,
          withoutBlobs: flags.withoutBlobs === true,
          allowDamaged: flags.allowDamaged === true,
        };
        const result = await watch({ terminal, surroundings }, (onEvent) =>
          withStoppedFolder(surroundings.loadStoppedFolder, (verbs) =>
            verbs.restoreBackup(request, async (event) => onEvent(event as AdminEvent), signal),
          ),
        );
        setStatus(tell(result, terminal));
      }),
    words,
    { terminal, surroundings },
  );
}

/** Its words, for manual pages and completion too. */
export function describeBackup(
  terminal: Terminal = silentTerminal,
  env: LongSurroundings["env"] = {},
): Command {
  const command = new Command("moraine backup")
    .description("Write or continue a backup, on the machine of the service, while it runs.")
    .addHelpText("after", OPERATOR_EXAMPLES.backup)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .argument("<folder>", "Absolute path; new, empty, or an earlier backup.")
    .option("--blobs", "With the bytes of archives: linked where possible, else copied.")
    .option("--data-dir <folder>", "Back up the data folder of a service that is stopped.");
  return addAdminUrl(command, env);
}

/** Its words, for manual pages and completion too. */
export function describeRestoreBackup(terminal: Terminal = silentTerminal): Command {
  return new Command("moraine restore-backup")
    .description("Make a new data folder from a backup, and check that it is whole.")
    .addHelpText("after", OPERATOR_EXAMPLES.restoreBackup)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .argument("<folder>", "The backup.")
    .requiredOption("--data-dir <folder>", "The data folder to make; missing or empty.")
    .option("--without-blobs", "Restore a backup of the metadata alone.")
    .option("--allow-damaged", "Go on when blobs are missing from the backup.");
}

async function watch(
  {
    terminal,
    surroundings,
  }: { readonly terminal: Terminal; readonly surroundings: LongSurroundings },
  work: (onEvent: (event: AdminEvent) => void) => Promise<object>,
): Promise<AdminEvent> {
  const line = createProgressLine(terminal, surroundings.isTty);
  try {
    const result = await work((event) => {
      if (event.Event === "Progress") {
        line.show(formatProgress(event));
      }
    });
    return { Event: "Finished", ...result };
  } finally {
    line.clear();
  }
}

function formatProgress(event: AdminEvent): string {
  return event["Phase"] === "metadata"
    ? "copying metadata"
    : `${event["Blobs"]} blobs, ${formatSize(Number(event["Bytes"]))}`;
}

/** Prints the result; notes for people go to standard error as well. */
function tell({ Event: _, ...result }: AdminEvent, terminal: Terminal): number {
  terminal.stdout(`${formatJson(result)}\n`);
  const notes = Array.isArray(result["Notes"]) ? result["Notes"] : [];
  for (const note of notes) {
    terminal.stderr(`${note}\n`);
  }
  const damaged = Number(result["DamagedBlobs"]);
  if (damaged === 0) {
    return EXIT.ok;
  }
  terminal.stderr(`${damaged} blobs are missing or damaged; moraine fsck names their archives.\n`);
  return EXIT.damaged;
}
