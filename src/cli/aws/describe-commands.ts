/** All of `moraine glacier` as data: for its help, man pages and documentation. */
import { operationSummaries } from "../../protocol/operation-summaries.ts";
import type { OperationName } from "../../protocol/operations.ts";
import type { ParserFlag } from "./argument-parser.ts";
import {
  findOperation,
  formatKebabCase,
  operationCommands,
  WAITED_OPERATION,
  WAITERS,
} from "./command-names.ts";
import { exampleOf } from "./examples.ts";
import { memberSummary, otherSummary } from "./flag-summaries.ts";
import { hasOutfile, memberFlags, OUTFILE, steeringFlags } from "./flags-from-shape.ts";
import { GLOBAL_FLAGS } from "./global-options.ts";

export interface FlagDescription {
  /** With its hyphens; a positional has none. */
  readonly flag: string;
  /** What stands after it: `<value>`, `<a|b>`, `[<value> ...]`, or nothing. */
  readonly value: string;
  readonly required: boolean;
  readonly summary: string;
}

export interface CommandDescription {
  /** `list-vaults`, or `wait vault-exists`. */
  readonly name: string;
  readonly summary: string;
  /** A line that shows all but the global options. */
  readonly synopsis: string;
  /** Without the global options, which `describeGlobalOptions` gives. */
  readonly flags: readonly FlagDescription[];
  readonly example: string;
}

/** Every command, in the order of `moraine glacier help`. */
export function describeGlacierCommands(): readonly CommandDescription[] {
  const commands = operationCommands.flatMap((name) => {
    const operation = findOperation(name);
    return operation === undefined ? [] : [describeOperation(operation)];
  });
  return [...commands, ...WAITERS.map(describeWaiter)];
}

/** The options that each of them takes besides. */
export function describeGlobalOptions(): readonly FlagDescription[] {
  return GLOBAL_FLAGS.map(describeOther);
}

/** The command of an operation. */
export function describeOperation(operation: OperationName): CommandDescription {
  const name = formatKebabCase(operation);
  const flags = [
    ...visibleFlags(operation),
    ...steeringFlags(operation).map(describeOther),
    ...(hasOutfile(operation) ? [describeOutfile()] : []),
  ];
  return {
    name,
    summary: operationSummaries[operation],
    synopsis: formatCommandSynopsis(name, flags),
    flags,
    example: exampleOf(operation),
  };
}

/** `[--flag <value>]`; without brackets when it must be there. */
export function formatFlagSynopsis({ flag, value, required }: FlagDescription): string {
  const text = value === "" ? flag : `${flag} ${value}`;
  return required ? text : `[${text}]`;
}

function describeWaiter(waiter: (typeof WAITERS)[number]): CommandDescription {
  const name = `wait ${waiter}`;
  const flags = visibleFlags(WAITED_OPERATION);
  const condition = waiter === "vault-exists" ? "exists" : "does not exist";
  return {
    name,
    summary: `Waits until a vault ${condition}: asks every 3 seconds, 15 times at most.`,
    synopsis: formatCommandSynopsis(name, flags),
    flags,
    example: `moraine glacier ${name} --account-id - --vault-name photos`,
  };
}

function formatCommandSynopsis(name: string, flags: readonly FlagDescription[]): string {
  return ["moraine glacier", name, ...flags.map(formatFlagSynopsis)].join(" ");
}

function visibleFlags(operation: OperationName): readonly FlagDescription[] {
  return memberFlags(operation)
    .filter(({ hidden }) => !hidden)
    .map((flag) => ({
      flag: flag.flag,
      value: formatValue(flag),
      required: flag.required === true,
      summary: memberSummary(operation, flag.member),
    }));
}

function describeOther(flag: ParserFlag): FlagDescription {
  return {
    flag: flag.flag,
    value: formatValue(flag),
    required: flag.required === true,
    summary: otherSummary(flag.flag),
  };
}

function describeOutfile(): FlagDescription {
  const { name } = OUTFILE;
  return { flag: name, value: "", required: true, summary: otherSummary(name) };
}

function formatValue({ takes, choices }: ParserFlag): string {
  const value = choices === undefined ? "<value>" : `<${choices.join("|")}>`;
  switch (takes) {
    case "nothing":
      return "";
    case "one":
      return value;
    case "maybeOne":
      return `[${value}]`;
    case "any":
      return `[${value} ...]`;
  }
}
