/** `moraine glacier help` and `moraine glacier <command> help`, derived from the flags. */
import type { OperationName } from "../../protocol/operations.ts";
import type { ParserFlag } from "./argument-parser.ts";
import {
  commandNames,
  findOperation,
  formatKebabCase,
  WAITED_OPERATION,
  WAITERS,
} from "./command-names.ts";
import { hasOutfile, memberFlags, OUTFILE, steeringFlags } from "./flags-from-shape.ts";
import { GLOBAL_FLAGS } from "./global-options.ts";

/** What the example of an operation shows besides the flags that it must have. */
const EXAMPLE_EXTRAS: Partial<Record<OperationName, string>> = {
  ListVaults: "--max-items 10",
  SetVaultNotifications:
    "--vault-notification-config SNSTopic=TOPIC_ARN,Events=ArchiveRetrievalCompleted",
  AddTagsToVault: "--tags project=photos,year=2025",
  RemoveTagsFromVault: "--tag-keys project year",
  SetVaultAccessPolicy: "--policy file://policy.json",
  InitiateVaultLock: "--policy file://lock-policy.json",
  UploadArchive: "--archive-description 'Photos of 2025' --body photos-2025.tar",
  InitiateMultipartUpload: "--archive-description 'Photos of 2025' --part-size 16777216",
  UploadMultipartPart: "--range 'bytes 0-16777215/*' --body part-1",
  CompleteMultipartUpload: "--archive-size 16777216 --checksum TREE_HASH",
  InitiateJob: "--job-parameters Type=archive-retrieval,ArchiveId=ARCHIVE_ID,Tier=Standard",
  ListJobs: "--completed true",
  GetJobOutput: "output.bin",
  SetDataRetrievalPolicy: "--policy 'Rules=[{Strategy=BytesPerHour,BytesPerHour=10737418240}]'",
};

/** The help of a command; of all when there is none. */
export function formatHelp(command: string | undefined): string {
  const operation = command === undefined ? undefined : findOperation(command);
  if (operation !== undefined) {
    return formatOperationHelp(operation);
  }
  return command === "wait" ? formatWaitHelp() : formatOverview();
}

/** A command line that calls the operation. */
export function exampleOf(operation: OperationName): string {
  const needed = memberFlags(operation)
    .filter(({ required }) => required)
    .map(({ flag, member }) => `${flag} ${exampleValue(member)}`);
  const extra = EXAMPLE_EXTRAS[operation];
  const words = [...needed, ...(extra === undefined ? [] : [extra])];
  return `moraine glacier ${formatKebabCase(operation)} ${words.join(" ")}`;
}

function exampleValue(member: string): string {
  switch (member) {
    case "accountId":
      return "-";
    case "vaultName":
      return "photos";
    default:
      return formatKebabCase(member).replaceAll("-", "_").toUpperCase();
  }
}

function formatOperationHelp(operation: OperationName): string {
  const flags = memberFlags(operation).filter(({ hidden }) => !hidden);
  const steering = steeringFlags(operation);
  const synopsis = [...flags, ...steering].map(formatSynopsis);
  const outfile = hasOutfile(operation) ? [OUTFILE.name] : [];
  const lines = [
    `Usage: moraine glacier ${formatKebabCase(operation)}`,
    ...[...synopsis, ...outfile].map((part) => `  ${part}`),
    "",
    "Options of every command:",
    ...formatGlobals(),
    "",
    "Example:",
    `  ${exampleOf(operation)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function formatWaitHelp(): string {
  const flags = memberFlags(WAITED_OPERATION).map(formatSynopsis).join(" ");
  const lines = [
    `Usage: moraine glacier wait <${WAITERS.join("|")}> ${flags}`,
    "",
    "Asks every 3 seconds, 15 times at most; the exit status is 255 when the condition does not come.",
    "",
    "Example:",
    `  moraine glacier wait ${WAITERS[0]} --account-id - --vault-name photos`,
  ];
  return `${lines.join("\n")}\n`;
}

function formatOverview(): string {
  const lines = [
    "Usage: moraine glacier [options] <command> [parameters]",
    "",
    "Takes the command lines of `aws glacier`. Commands:",
    ...commandNames.map((name) => `  ${name}`),
    "",
    "Options of every command:",
    ...formatGlobals(),
    "",
    "`moraine glacier <command> help` explains a command.",
  ];
  return `${lines.join("\n")}\n`;
}

function formatGlobals(): readonly string[] {
  return GLOBAL_FLAGS.map((flag) => `  ${formatSynopsis({ ...flag, required: true })}`);
}

function formatSynopsis(flag: ParserFlag): string {
  const text = `${flag.flag}${formatValue(flag)}`;
  return flag.required === true ? text : `[${text}]`;
}

function formatValue({ takes, choices }: ParserFlag): string {
  const value = choices === undefined ? "<value>" : `<${choices.join("|")}>`;
  switch (takes) {
    case "nothing":
      return "";
    case "one":
      return ` ${value}`;
    case "maybeOne":
      return ` [${value}]`;
    case "any":
      return ` [${value} ...]`;
  }
}
