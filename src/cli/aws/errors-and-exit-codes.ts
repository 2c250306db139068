/** How `moraine glacier` fails: the AWS CLI's texts and exit statuses (contract §7.5). */

/** Why a command ended without its result. */
export type Failure =
  /** The words don't fit the command's flags. */
  | "usage"
  /** A flag that the command doesn't have. */
  | "unknownOption"
  /** A value that a parameter can't take. */
  | "parameter"
  /** Missing credentials, region or profile. */
  | "configuration"
  /** The service refused. */
  | "service"
  /** A condition was waited for in vain, the network failed, a file can't be written. */
  | "general"
  | "interrupted";

/** Whose exit statuses are wanted; `v2` unless `--cli-compat v1` is given. */
export type Compatibility = "v1" | "v2";

const EXIT_STATUSES: Readonly<Record<Compatibility, Readonly<Record<Failure, number>>>> = {
  v2: {
    usage: 252,
    unknownOption: 252,
    parameter: 252,
    configuration: 253,
    service: 254,
    general: 255,
    interrupted: 130,
  },
  v1: {
    usage: 2,
    unknownOption: 255,
    parameter: 255,
    configuration: 255,
    service: 255,
    general: 255,
    interrupted: 130,
  },
};

/** Ends a command; `message` is what standard error shows between two line ends. */
export class CommandFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** The exit status of a failure. */
export function exitStatus(failure: Failure, compatibility: Compatibility): number {
  return EXIT_STATUSES[compatibility][failure];
}

/** What standard error shows of a failure. */
export function formatFailure(failure: CommandFailure): string {
  return `\n${failure.message}\n`;
}

const HELP_BLURB = `To see help text, you can run:

  moraine help
  moraine <command> help
  moraine <command> <subcommand> help
`;

const USAGE = `moraine [options] <command> <subcommand> [<subcommand> ...] [parameters]
${HELP_BLURB}`;

/** Words that don't fit the flags. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure("usage", `usage: ${USAGE}\nmoraine: error: ${message}\n`);
}

/** Words that no flag takes. */
export function unknownOptionsFailure(words: readonly string[]): CommandFailure {
  const message = `usage: ${USAGE}\nUnknown options: ${words.join(", ")}\n`;
  return new CommandFailure("unknownOption", message);
}

/** `wait` without a condition. */
export function missingWaiterFailure(): CommandFailure {
  return new CommandFailure(
    "usage",
    "usage: moraine [options] glacier wait <subcommand> [parameters]\n" +
      "moraine: error: too few arguments",
  );
}

/** A value of the flag `flag` that can't be read. */
export function parameterFailure(flag: string, message: string): CommandFailure {
  return new CommandFailure("parameter", `Error parsing parameter '${flag}': ${message}`);
}

/** Parameters that the operation's input can't hold; `problems` are sentences. */
export function validationFailure(problems: readonly string[]): CommandFailure {
  return new CommandFailure("parameter", `Parameter validation failed:\n${problems.join("\n")}`);
}

/** A refusal of the service. `retries`: how often the call was repeated before, when it was. */
export function serviceFailure(refusal: {
  readonly code: string;
  readonly operation: string;
  readonly message: string;
  readonly retries?: number;
}): CommandFailure {
  const { code, operation, message, retries } = refusal;
  const reached = retries === undefined ? "" : ` (reached max retries: ${retries})`;
  return new CommandFailure(
    "service",
    `An error occurred (${code}) when calling the ${operation} operation${reached}: ${message}`,
  );
}
