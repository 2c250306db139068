/** `moraine policy explain`: tells which statement decides a request, by the policies of a running service. */
import { Command, InvalidArgumentError } from "commander";
import type {
  ExplainedAccess,
  ExplainedStatement,
  StatementPlace,
} from "../../client/admin-client.ts";
import {
  type AdminSurroundings,
  addAdminUrl,
  connect,
  runAdminCommand,
} from "../admin-connection.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";

interface Options {
  readonly principal: string;
  readonly action: string;
  readonly vault?: string;
  readonly region?: string;
  readonly archiveAge?: number;
  readonly sourceIp?: string;
  readonly adminUrl: string;
}

/** Runs `policy explain`; resolves with the exit status. What would be denied is no failure of the command. */
export async function policy(
  words: readonly string[],
  terminal: Terminal,
  surroundings: AdminSurroundings = { env: process.env, fetch, nowMs: Date.now },
): Promise<number> {
  return await runAdminCommand(buildCommand(terminal, surroundings), words, terminal);
}

/** Its words, for manual pages and completion. */
export function describePolicy(): Command {
  return buildCommand(silentTerminal, { env: {}, fetch, nowMs: Date.now });
}

function buildCommand(terminal: Terminal, surroundings: AdminSurroundings): Command {
  const command = new Command("moraine policy")
    .description(
      "Explain the policies of a running service, with the root credentials in AWS_ACCESS_KEY_ID and" +
        " AWS_SECRET_ACCESS_KEY.",
    )
    .addHelpText("after", OPERATOR_EXAMPLES.policy)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .helpCommand(false);
  const explain = command
    .command("explain")
    .description("Tell which statement decides whether somebody may do something to a vault.")
    .requiredOption("--principal <arn>", "ARN of the root of an account or of a user.")
    .requiredOption("--action <action>", "Action, such as glacier:DeleteArchive.")
    .option("--vault <name>", "Vault of the principal's account, or the ARN of any vault.")
    .option("--region <region>", "Region of the vault; the service's default unless given.")
    .option("--archive-age <days>", "Age of the archive that is acted on.", parseDays)
    .option("--source-ip <address>", "Address from which the request would come.");
  addAdminUrl(explain, surroundings.env).action(async (options: Options) => {
    const client = connect(options.adminUrl, surroundings);
    const explained = await client.explainPolicy({
      Principal: options.principal,
      Action: options.action,
      Vault: options.vault,
      Region: options.region,
      ArchiveAgeInDays: options.archiveAge,
      SourceIp: options.sourceIp,
    });
    terminal.stdout(formatExplained(explained));
  });
  return command;
}

function parseDays(text: string): number {
  if (!/^\d{1,6}$/.test(text)) {
    throw new InvalidArgumentError(`It must be a whole number of days; got "${text}".`);
  }
  return Number(text);
}

/** The verdict first, then every statement with what it did. */
function formatExplained(explained: ExplainedAccess): string {
  const { Allowed, Principal, Action, Resource, Statements } = explained;
  const lines = [
    `${Allowed ? "allowed" : "denied"}: ${describeReason(explained)}`,
    `  principal  ${Principal}`,
    `  action     ${Action}`,
    `  resource   ${Resource}`,
    Statements.length === 0 ? "no statements" : "statements",
    ...Statements.map((statement) => `  ${describeStatement(statement)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function describeReason({ Reason, DecidedBy, Missing }: ExplainedAccess): string {
  if (DecidedBy !== null) {
    return `${Reason === "explicit-deny" ? "a Deny in" : "an Allow in"} ${describeOrigin(DecidedBy)}`;
  }
  if (Reason === "owner-root") {
    return "the root of the vault's account may do what nothing denies";
  }
  const sides = Missing.map((side) =>
    side === "identity" ? "the policies of the principal" : "the policies of the vault",
  );
  return `no Allow in ${sides.join(" nor in ")}`;
}

function describeStatement(statement: ExplainedStatement): string {
  const { Effect, Matches, Reach, FailedElement } = statement;
  const origin = `${Effect} in ${describeOrigin(statement)}`;
  if (!Matches) {
    return `does not apply  ${origin}: ${FailedElement} does not fit`;
  }
  return `applies         ${origin}${Reach === "delegated" ? " (names the account only)" : ""}`;
}

function describeOrigin({ PolicyKind, PolicyName, StatementIndex, Sid }: StatementPlace): string {
  const policyText =
    PolicyKind === "identity" ? `policy "${PolicyName}" of the user` : `the ${PolicyName}`;
  return `${policyText}, statement ${StatementIndex}${Sid === null ? "" : ` ("${Sid}")`}`;
}
