/** `moraine account`: makes and lists accounts of a running service, for whoever runs it. */
import { Command } from "commander";
import { findAccountId } from "../../domain/ids.ts";
import {
  type AdminSurroundings,
  addAdminUrl,
  connect,
  runAdminCommand,
} from "../admin-connection.ts";
import { EXIT } from "../exit-codes.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";

/**
 * Runs `account create` or `account list`; resolves with the exit status: `usage` for wrong words,
 * `noCredentials` without credentials in the environment, `unreachable` when the service does not answer,
 * `failed` when it refuses. What was asked for is one JSON object on standard output.
 */
export async function account(
  words: readonly string[],
  terminal: Terminal,
  surroundings: AdminSurroundings = { env: process.env, fetch, nowMs: Date.now },
): Promise<number> {
  return await runAdminCommand(buildCommand(terminal, surroundings), words, terminal);
}

/** Its words, for manual pages and completion. */
export function describeAccount(): Command {
  return buildCommand(silentTerminal, { env: {}, fetch, nowMs: Date.now });
}

interface Options {
  readonly accountId?: string;
  readonly adminUrl: string;
}

function buildCommand(terminal: Terminal, surroundings: AdminSurroundings): Command {
  const command = new Command("moraine account")
    .description(
      "Make and list accounts of a running service, with the root credentials in AWS_ACCESS_KEY_ID and" +
        " AWS_SECRET_ACCESS_KEY.",
    )
    .addHelpText("after", OPERATOR_EXAMPLES.account)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .helpCommand(false);
  const addAction = (name: string, summary: string) =>
    addAdminUrl(command.command(name).description(summary), surroundings.env);
  addAction("create", "Make an account and a key of its root, whose secret is shown this once.")
    .option("--account-id <digits>", "Its id, 12 digits; random unless given.")
    .action(async ({ accountId, adminUrl }: Options) => {
      if (accountId !== undefined && findAccountId(accountId) === undefined) {
        throw new VerbFailure(EXIT.usage, `--account-id must be 12 digits; got "${accountId}"`);
      }
      const created = await connect(adminUrl, surroundings).createAccount(accountId);
      terminal.stdout(formatResult(created));
    });
  addAction("list", "List all accounts.").action(async ({ adminUrl }: Options) => {
    const accounts = await connect(adminUrl, surroundings).listAccounts();
    terminal.stdout(formatResult({ Accounts: accounts }));
  });
  return command;
}

function formatResult(result: object): string {
  return `${JSON.stringify(result)}\n`;
}
