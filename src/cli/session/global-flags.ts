/** The flags that every everyday verb takes (see docs/guide/command-line.md). */
import { type Command, Option } from "commander";
import { parseCount, parseRate } from "../units.ts";
import { CONCURRENCY_MAX } from "./user-config.ts";

/** The heading of these flags in the help of a command. */
export const GLOBAL_HEADING = "Global options:";

export const COLOR_MODES = ["auto", "on", "off"] as const;

/** Their values, as commander gives them. */
export interface GlobalFlags {
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly region?: string;
  readonly accountId?: string;
  readonly caBundle?: string;
  /** `false` with `--no-verify-ssl`. */
  readonly verifySsl: boolean;
  readonly json?: true;
  readonly quiet?: true;
  /** `false` with `--no-progress`. */
  readonly progress: boolean;
  readonly color: (typeof COLOR_MODES)[number];
  readonly dryRun?: true;
  readonly yes?: true;
  readonly concurrency?: number;
  /** Bytes per second. */
  readonly maxRate?: number;
  readonly journal?: string;
  readonly debug?: true;
}

/** Adds the flags to `command`, under a heading of their own in its help. */
export function addGlobalFlags(command: Command): Command {
  const flags = [
    new Option("--profile <name>", "Profile of the AWS files and of config.toml."),
    new Option("--endpoint-url <url>", "Address of the service."),
    new Option("--region <name>", "Region that vaults are in."),
    new Option("--account-id <id>", "Account that owns the vaults; your own by default."),
    new Option("--ca-bundle <path>", "Certificates to trust, PEM."),
    new Option("--no-verify-ssl", "Accept any certificate."),
    new Option("--json", "Print lines of JSON on standard output."),
    new Option("--quiet", "Print errors only."),
    new Option("--no-progress", "Draw no progress bars."),
    new Option("--color <when>", "Colours.").choices(COLOR_MODES).default("auto"),
    new Option("--dry-run", "Show what would be done, and do nothing."),
    new Option("--yes", "Don't ask before something is destroyed."),
    new Option("--concurrency <n>", "Transfers at once.").argParser(
      parseCount({ min: 1, max: CONCURRENCY_MAX }),
    ),
    new Option("--max-rate <rate>", "Bytes per time at most, such as 20MiB/s.").argParser(
      parseRate,
    ),
    new Option("--journal <path>", "Journal of the vault, in place of the usual one."),
    new Option("--debug", "Tell each request and answer on standard error."),
  ];
  for (const flag of flags) {
    command.addOption(flag.helpGroup(GLOBAL_HEADING));
  }
  return command;
}
