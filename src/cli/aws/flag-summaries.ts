/** What each flag of `moraine glacier` says, in a sentence or two. */
import type { OperationName } from "../../protocol/operations.ts";

/** By member of an operation's input, after the API reference. */
const MEMBERS: Readonly<Record<string, string>> = {
  accountId:
    "The account that owns the vault: 12 digits, or a hyphen (-) for the account of the credentials.",
  vaultName: "The name of the vault.",
  marker: "Where the list goes on: the Marker of the page before. Ends automatic paging.",
  limit: "The maximum number of items in the answer. Ends automatic paging.",
  vaultNotificationConfig: "The SNS topic and the events that it is told of.",
  Tags: "The tags to add: keys with values, which can be empty.",
  TagKeys: "The keys of the tags to remove.",
  policy: "The policy, as a JSON string in a structure.",
  Policy: "The data retrieval policy.",
  lockId: "The lock ID that initiate-vault-lock returned.",
  archiveDescription: "The optional description of the archive: up to 1,024 printable characters.",
  checksum: "The SHA-256 tree hash of the data; computed when it is left out.",
  body: "The path of the file to upload.",
  archiveId: "The ID of the archive.",
  partSize: "The size of each part except the last, in bytes: a MiB multiplied by a power of 2.",
  uploadId: "The upload ID of the multipart upload.",
  range: "The bytes of the archive that the part holds, as in: bytes 0-4194303/*",
  archiveSize: "The total size of the archive, in bytes.",
  jobParameters: "What the job is to do.",
  jobId: "The ID of the job.",
  statuscode: "The status of the jobs to list.",
  completed: "Whether to list the jobs that are done (true) or those that are not (false).",
};

/** Where a member means something else in an operation. */
const EXCEPTIONS: Partial<Record<OperationName, Readonly<Record<string, string>>>> = {
  CompleteMultipartUpload: { checksum: "The SHA-256 tree hash of the entire archive." },
  GetJobOutput: { range: "The bytes of the output to download, as in: bytes=0-1048575" },
  InitiateMultipartUpload: {
    archiveDescription: "The optional description of the archive that is uploaded in parts.",
  },
};

/** Flags and positionals that fill no member. */
const OTHERS: Readonly<Record<string, string>> = {
  outfile: "The file that the output is saved to.",
  "--cli-input-json": "All parameters as JSON, or file:// and a path; flags go before it.",
  "--cli-input-yaml": "All parameters as YAML, or file:// and a path; flags go before it.",
  "--starting-token": "Where the list goes on: the NextToken of a command before.",
  "--page-size": "How many items one call to the service asks for.",
  "--max-items": "How many items to show at most; NextToken then says where to go on.",
  "--generate-cli-skeleton":
    "Prints a template for --cli-input-json or --cli-input-yaml, or an example of the output; sends nothing.",
  "--debug": "Writes what is sent and received to standard error, without secrets.",
  "--endpoint-url": "The URL of the service, in place of the one of the configuration.",
  "--no-verify-ssl": "Does not verify certificates of TLS.",
  "--no-paginate": "Asks for the first page of a list only.",
  "--output": "The format of the output.",
  "--query": "A JMESPath expression that says what to show of the output.",
  "--profile": "The profile of the AWS configuration files to use.",
  "--region": "The region, in place of that of the environment and the configuration.",
  "--version": "Prints the version.",
  "--color": "When to color the output: auto does on a terminal.",
  "--no-sign-request": "Does not sign requests; needs no credentials.",
  "--ca-bundle": "A file with the certificates of the authorities to trust.",
  "--cli-read-timeout": "How many seconds to wait for data; 0 waits without end. 60 by default.",
  "--cli-connect-timeout":
    "How many seconds to wait for a connection; 0 waits without end. 60 by default.",
  "--cli-binary-format": "How bytes are given in --cli-input-json and --cli-input-yaml.",
  "--no-cli-pager": "Does not show the output in a pager.",
  "--cli-auto-prompt": "Asks for the command and its parameters.",
  "--no-cli-auto-prompt": "Does not ask, whatever the configuration says.",
  "--cli-compat": "The version of the AWS CLI whose exit statuses are wanted.",
};

/** Of the member that a flag of `operation` fills. */
export function memberSummary(operation: OperationName, member: string): string {
  return EXCEPTIONS[operation]?.[member] ?? MEMBERS[member] ?? "";
}

/** Of a flag with its hyphens, or a positional, that fills no member. */
export function otherSummary(name: string): string {
  return OTHERS[name] ?? "";
}
