/** `moraine inventory now`: takes the inventory of a vault of a running service at once, for whoever runs it. */
import { Command } from "commander";
import { formatJson } from "../../std/json.ts";
import {
  type AdminSurroundings,
  addAdminUrl,
  connect,
  runAdminCommand,
} from "../admin-connection.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";

interface Options {
  readonly accountId?: string;
  readonly region?: string;
  readonly adminUrl: string;
}

/**
 * Runs `inventory now`; resolves with the exit status. The numbers of the vault are one JSON object on standard
 * output; why no inventory was taken is said on standard error too.
 */
export async function inventory(
  words: readonly string[],
  terminal: Terminal,
  surroundings: AdminSurroundings = { env: process.env, fetch, nowMs: Date.now },
): Promise<number> {
  return await runAdminCommand(buildCommand(terminal, surroundings), words, terminal);
}

/** Its words, for manual pages and completion. */
export function describeInventory(): Command {
  return buildCommand(silentTerminal, { env: {}, fetch, nowMs: Date.now });
}

function buildCommand(terminal: Terminal, surroundings: AdminSurroundings): Command {
  const command = new Command("moraine inventory")
    .description("Inventories of vaults of a running service.")
    .addHelpText("after", OPERATOR_EXAMPLES.inventory)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .helpCommand(false);
  const now = command
    .command("now")
    .description("Take the inventory of a vault at once, and print the numbers of the vault.")
    .argument("<vault>", "Name of the vault.")
    .option("--account-id <digits>", "Account of the vault; that of the operator unless given.")
    .option("--region <region>", "Region of the vault; the service's default unless given.");
  addAdminUrl(now, surroundings.env).action(async (vault: string, options: Options) => {
    const taken = await connect(options.adminUrl, surroundings).takeInventory({
      Vault: vault,
      AccountId: options.accountId,
      Region: options.region,
    });
    terminal.stdout(`${formatJson({ ...taken })}\n`);
    if (taken.Note !== null) {
      terminal.stderr(`${taken.Note}\n`);
    }
  });
  return command;
}
