/** The words after `moraine glacier` to what is to be done. Reads files that they name; calls nothing. */
import type { OperationName } from "../../protocol/operations.ts";
import { type Parsed, type ParserFlag, parseWords } from "./argument-parser.ts";
import { mergeCliInput } from "./cli-input.ts";
import {
  commandNames,
  findOperation,
  WAITED_OPERATION,
  WAITERS,
  type Waiter,
} from "./command-names.ts";
import {
  CommandFailure,
  missingWaiterFailure,
  unknownOptionsFailure,
} from "./errors-and-exit-codes.ts";
import { hasOutfile, memberFlags, OUTFILE, steeringFlags } from "./flags-from-shape.ts";
import { GLOBAL_FLAGS, type GlobalOptions, readGlobalOptions } from "./global-options.ts";
import { type PagingSettings, pagingOf } from "./pagination.ts";
import { readFlagValue } from "./param-value.ts";
import type { SkeletonKind } from "./skeleton.ts";
import { validateParameters } from "./validate-parameters.ts";

export type Invocation =
  | { readonly kind: "version"; readonly options: GlobalOptions }
  /** `command`: one of `commandNames`; `undefined` for all. */
  | { readonly kind: "help"; readonly command?: string; readonly options: GlobalOptions }
  | {
      readonly kind: "skeleton";
      readonly skeleton: SkeletonKind;
      readonly operation: OperationName;
      readonly options: GlobalOptions;
    }
  | CallInvocation
  | {
      readonly kind: "wait";
      readonly waiter: Waiter;
      readonly operation: OperationName;
      readonly parameters: Parameters;
      readonly options: GlobalOptions;
    };

export interface CallInvocation {
  readonly kind: "call";
  readonly operation: OperationName;
  readonly parameters: Parameters;
  /** `undefined`: one call, whose answer is shown as it is. */
  readonly paging: PagingSettings | undefined;
  readonly outfile: string | undefined;
  readonly options: GlobalOptions;
}

/** By the names of the operation's input: JSON values, `BodyFile`s, and bytes from `fileb://`. */
export type Parameters = Readonly<Record<string, unknown>>;

/**
 * `--help` at the end is `help`, which the AWS CLI has alone. Throws a `CommandFailure` for words that make
 * no command.
 */
export function parseArguments(words: readonly string[]): Invocation {
  const isHelp = words.at(-1) === "--help";
  const globals = parseWords(isHelp ? words.with(-1, "help") : words, GLOBAL_FLAGS, []);
  const options = readGlobalOptions(globals);
  if (options.version) {
    return { kind: "version", options };
  }
  const command = parseWords(
    globals.rest,
    [],
    [{ name: "operation", optional: false, choices: commandNames }],
  );
  const name = textOf(command, "operation") ?? "";
  if (name === "help") {
    return { kind: "help", options };
  }
  if (name === "wait") {
    return parseWait(command.rest, options);
  }
  const operation = findOperation(name);
  if (operation === undefined) {
    throw new CommandFailure("general", `no operation is behind the command ${name}`);
  }
  return parseOperation(operation, name, command.rest, options);
}

function parseWait(words: readonly string[], options: GlobalOptions): Invocation {
  if (words.length === 1 && words[0] === "help") {
    return { kind: "help", command: "wait", options };
  }
  const parsed = parseWords(words, memberFlags(WAITED_OPERATION).map(withoutDuty), [
    { name: "subcommand", optional: true, choices: WAITERS },
  ]);
  const waiter = WAITERS.find((each) => each === parsed.values.get("subcommand"));
  if (waiter === undefined) {
    throw missingWaiterFailure();
  }
  const at = words.indexOf(waiter);
  const rest = words.toSpliced(at, 1);
  const invocation = parseOperation(WAITED_OPERATION, "wait", rest, options);
  return invocation.kind === "call"
    ? {
        kind: "wait",
        waiter,
        operation: invocation.operation,
        parameters: invocation.parameters,
        options,
      }
    : invocation;
}

function parseOperation(
  operation: OperationName,
  command: string,
  words: readonly string[],
  options: GlobalOptions,
): Invocation {
  if (words.length === 1 && words[0] === "help") {
    return { kind: "help", command, options };
  }
  const flags = memberFlags(operation);
  const duty = isInputElsewhere(words, operation) ? withoutDuty : (flag: ParserFlag) => flag;
  const parsed = parseWords(
    words,
    [...flags.map(duty), ...steeringFlags(operation)],
    [...(hasOutfile(operation) ? [OUTFILE] : []), { name: "help", optional: true }],
  );
  const extra = textOf(parsed, "help");
  if (extra === "help") {
    return { kind: "help", command, options };
  }
  const unknown = [...parsed.rest, ...(extra === undefined ? [] : [extra])];
  if (unknown.length > 0) {
    throw unknownOptionsFailure(unknown);
  }
  checkPaging(operation, parsed, options);
  const parameters = mergeCliInput(readParameters(operation, parsed), {
    json: textOf(parsed, "--cli-input-json"),
    yaml: textOf(parsed, "--cli-input-yaml"),
  });
  const skeleton = parsed.values.get("--generate-cli-skeleton");
  if (skeleton === true || skeleton === "input" || skeleton === "yaml-input") {
    return {
      kind: "skeleton",
      skeleton: skeleton === true ? "input" : skeleton,
      operation,
      options,
    };
  }
  validateParameters(operation, parameters);
  if (skeleton === "output") {
    return { kind: "skeleton", skeleton, operation, options };
  }
  const paging = isPaged(operation, parameters, options) ? readPaging(parsed) : undefined;
  const outfile = textOf(parsed, OUTFILE.name);
  return { kind: "call", operation, parameters, paging, outfile, options };
}

/** `--cli-input-…` may hold what the flags leave out; a skeleton of input needs nothing. */
function isInputElsewhere(words: readonly string[], operation: OperationName): boolean {
  if (hasOutfile(operation)) {
    return false;
  }
  const at = words.indexOf("--generate-cli-skeleton");
  return (
    words.includes("--cli-input-json") ||
    words.includes("--cli-input-yaml") ||
    (at >= 0 && words[at + 1] !== "output")
  );
}

function withoutDuty<F extends ParserFlag>(flag: F): F {
  return { ...flag, required: false };
}

function readParameters(operation: OperationName, parsed: Parsed): Parameters {
  return Object.fromEntries(
    memberFlags(operation).flatMap((flag) => {
      const words = parsed.values.get(flag.flag);
      return words === undefined || words === true
        ? []
        : [[flag.member, readFlagValue(flag, words)]];
    }),
  );
}

const PAGING_FLAGS = ["--starting-token", "--page-size", "--max-items"] as const;

/** `--marker` and `--limit` by hand, like `--no-paginate`, exclude the flags that page automatically. */
function checkPaging(operation: OperationName, parsed: Parsed, options: GlobalOptions): void {
  const isByHand = memberFlags(operation).some(
    ({ flag, hidden }) => hidden && parsed.values.has(flag),
  );
  const used = PAGING_FLAGS.filter((flag) => textOf(parsed, flag) !== undefined);
  if ((isByHand || !options.paginate) && used.length > 0) {
    throw new CommandFailure(
      "parameter",
      `Cannot specify --no-paginate along with pagination arguments: ${used.join(", ")}`,
    );
  }
}

function isPaged(
  operation: OperationName,
  parameters: Parameters,
  options: GlobalOptions,
): boolean {
  const paging = pagingOf(operation);
  return (
    paging !== undefined &&
    options.paginate &&
    !(paging.inputToken in parameters) &&
    !(paging.limit in parameters)
  );
}

function readPaging(parsed: Parsed): PagingSettings {
  const pageSize = textOf(parsed, "--page-size");
  const maxItems = textOf(parsed, "--max-items");
  const startingToken = textOf(parsed, "--starting-token");
  return {
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(maxItems === undefined ? {} : { maxItems }),
    ...(startingToken === undefined ? {} : { startingToken }),
  };
}

function textOf(parsed: Parsed, name: string): string | undefined {
  const value = parsed.values.get(name);
  return typeof value === "string" ? value : undefined;
}
