/** The flags of an operation's command, derived from its input. */
import { type OperationName, operations } from "../../protocol/operations.ts";
import type { ParserFlag, Positional } from "./argument-parser.ts";
import { formatKebabCase } from "./command-names.ts";
import { inputMembers, outputMembers, plainShape, type Shape } from "./operation-shape.ts";
import { pagingOf } from "./pagination.ts";

/** The positional that names the file for an answer's body. */
export const OUTFILE: Positional = { name: "outfile", optional: false };

export interface MemberFlag extends ParserFlag {
  /** The member of the input that it fills. */
  readonly member: string;
  readonly shape: Shape;
  /** Not shown in help: paging by hand (contract §7.4). */
  readonly hidden: boolean;
}

/** The flags that fill members of the operation's input. */
export function memberFlags(operation: OperationName): readonly MemberFlag[] {
  const paging = pagingOf(operation);
  return inputMembers(operation).map(({ name, shape, required }) => ({
    flag: `--${formatKebabCase(name)}`,
    member: name,
    shape,
    required,
    takes: plainShape(shape).kind === "list" ? "any" : "one",
    hidden: paging !== undefined && (name === paging.inputToken || name === paging.limit),
    takesHyphens: isOpaque(operation, name),
  }));
}

/** The flags that steer a command and fill no member. Commands with an outfile have none of the first three. */
export function steeringFlags(operation: OperationName): readonly ParserFlag[] {
  const input: readonly ParserFlag[] = [
    { flag: "--cli-input-json", takes: "one" },
    { flag: "--cli-input-yaml", takes: "one" },
  ];
  const paging: readonly ParserFlag[] = [
    { flag: "--starting-token", takes: "one", takesHyphens: true },
    { flag: "--page-size", takes: "one" },
    { flag: "--max-items", takes: "one" },
  ];
  const skeleton: ParserFlag = {
    flag: "--generate-cli-skeleton",
    takes: "maybeOne",
    choices: ["input", "output", "yaml-input"],
  };
  return [
    ...(hasOutfile(operation) ? [] : input),
    ...(pagingOf(operation) === undefined ? [] : paging),
    ...(hasOutfile(operation) ? [] : [skeleton]),
  ];
}

/** Whether the answer's body goes to a file that the command line names. */
export function hasOutfile(operation: OperationName): boolean {
  return outputMembers(operation).some(({ shape }) => shape.kind === "bytes");
}

/** Ids and markers, which the service makes up, may begin with a hyphen; the account id does not. */
function isOpaque(operation: OperationName, member: string): boolean {
  const path: string = operations[operation].path;
  const isLastSegment = path.replace(/\?.*$/, "").includes(`/{${member}}`);
  const isId = isLastSegment && member.endsWith("Id") && member !== "accountId";
  return isId || member === pagingOf(operation)?.inputToken;
}
