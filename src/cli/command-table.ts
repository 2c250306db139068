/** The commands of `moraine`. A command's code is loaded when it is called, so that others stay quick. */
import type { Command as CommanderCommand } from "commander";
import type { Verb } from "./session/verb.ts";
import type { Terminal } from "./terminal.ts";

/** Runs a command with the words after its name; resolves with the exit status. */
export type Command = (words: readonly string[], terminal: Terminal) => Promise<number>;

/** The headings of `moraine --help`, in their order. */
export const COMMAND_GROUPS = [
  "Archives",
  "Vaults, jobs and catalogue",
  "Settings and tools",
  "The API as it is",
  "The service and its operator",
] as const;
type CommandGroup = (typeof COMMAND_GROUPS)[number];

export interface CommandRow {
  readonly name: string;
  readonly group: CommandGroup;
  /** One sentence, for `moraine --help`. */
  readonly summary: string;
  load(): Promise<Command>;
  /** Its words, for manual pages and completion; `glacier` has a parser of its own. */
  describe?(): Promise<CommanderCommand>;
}

/** The rows of verbs that `createVerb` made. */
function verbRow(
  group: CommandGroup,
  name: string,
  summary: string,
  load: () => Promise<Verb>,
): CommandRow {
  return {
    name,
    group,
    summary,
    load: async () => (await load()).run,
    describe: async () => (await load()).describe(),
  };
}

const ARCHIVES: readonly CommandRow[] = [
  verbRow(
    "Archives",
    "ls",
    "List vaults, or the archives of a vault by the names of their files.",
    async () => (await import("./verbs/ls.ts")).ls,
  ),
  verbRow(
    "Archives",
    "find",
    "Find archives by name in the journals of all vaults.",
    async () => (await import("./verbs/find.ts")).find,
  ),
  verbRow(
    "Archives",
    "put",
    "Store files, folders or standard input in a vault.",
    async () => (await import("./verbs/put.ts")).put,
  ),
  verbRow(
    "Archives",
    "sync",
    "Make a vault hold what a folder holds.",
    async () => (await import("./verbs/sync.ts")).sync,
  ),
  verbRow(
    "Archives",
    "rm",
    "Delete archives by the names of their files.",
    async () => (await import("./verbs/rm.ts")).rm,
  ),
  {
    name: "select",
    group: "Archives",
    summary: "Query an archive of CSV with SQL.",
    load: async () => (await import("./high-level/select.ts")).select,
  },
];

const VAULTS = [
  verbRow(
    "Vaults, jobs and catalogue",
    "vault",
    "Make, show and remove vaults; set their tags, policies, lock and notifications.",
    async () => (await import("./verbs/vault.ts")).vault,
  ),
  verbRow(
    "Vaults, jobs and catalogue",
    "uploads",
    "List, continue and abort unfinished uploads.",
    async () => (await import("./verbs/uploads.ts")).uploads,
  ),
  verbRow(
    "Vaults, jobs and catalogue",
    "catalog",
    "Show, rebuild, export and import the journal of a vault.",
    async () => (await import("./verbs/catalog.ts")).catalog,
  ),
];

const SETTINGS_AND_TOOLS: readonly CommandRow[] = [
  verbRow(
    "Settings and tools",
    "configure",
    "Ask for endpoint, region and credentials, and write a profile.",
    async () => (await import("./verbs/configure.ts")).configure,
  ),
  verbRow(
    "Settings and tools",
    "profile",
    "List the profiles that --profile can name.",
    async () => (await import("./verbs/profile.ts")).profile,
  ),
  verbRow(
    "Settings and tools",
    "doctor",
    "Show every setting with its source, the clock's skew, and try a signed request.",
    async () => (await import("./verbs/doctor.ts")).doctor,
  ),
  {
    name: "treehash",
    group: "Settings and tools",
    summary: "Print the SHA-256 tree hash of files.",
    load: async () => (await import("./high-level/tree-hash.ts")).treeHash,
    describe: async () => (await import("./high-level/tree-hash.ts")).describeTreeHash(),
  },
  {
    name: "decode-description",
    group: "Settings and tools",
    summary: "Show which file the description of an archive names.",
    load: async () => (await import("./high-level/decode-description.ts")).decodeDescriptions,
    describe: async () =>
      (await import("./high-level/decode-description.ts")).describeDecodeDescription(),
  },
  verbRow(
    "Settings and tools",
    "completion",
    "Print what makes a shell complete the words of moraine.",
    async () => (await import("./verbs/completion.ts")).completion,
  ),
];

const API: readonly CommandRow[] = [
  {
    name: "glacier",
    group: "The API as it is",
    summary: "Call an operation of the API, with the command lines of aws glacier.",
    load: async () => (await import("./aws/run-glacier.ts")).runGlacier,
  },
];

const OPERATOR: readonly CommandRow[] = [
  {
    name: "serve",
    group: "The service and its operator",
    summary: "Start the archive service.",
    load: async () => (await import("./high-level/serve.ts")).serve,
    describe: async () => await (await import("./high-level/serve.ts")).describeServe(),
  },
  {
    name: "account",
    group: "The service and its operator",
    summary: "Make and list accounts of a running service.",
    load: async () => (await import("./high-level/account.ts")).account,
    describe: async () => (await import("./high-level/account.ts")).describeAccount(),
  },
  {
    name: "policy",
    group: "The service and its operator",
    summary: "Explain what the policies of a running service allow and deny.",
    load: async () => (await import("./high-level/policy-explain.ts")).policy,
    describe: async () => (await import("./high-level/policy-explain.ts")).describePolicy(),
  },
  {
    name: "user",
    group: "The service and its operator",
    summary: "Make, list and remove users, and their policies.",
    load: async () => (await import("./high-level/user.ts")).user,
  },
  {
    name: "key",
    group: "The service and its operator",
    summary: "Make, list, disable and remove access keys of users; rotate the encryption key.",
    load: async () => (await import("./high-level/key.ts")).key,
  },
  {
    name: "inventory",
    group: "The service and its operator",
    summary: "Take the inventory of a vault of a running service at once.",
    load: async () => (await import("./high-level/inventory.ts")).inventory,
  },
  {
    name: "stats",
    group: "The service and its operator",
    summary: "Show what a running service keeps, and how it does.",
    load: async () => (await import("./high-level/stats.ts")).stats,
  },
  {
    name: "fsck",
    group: "The service and its operator",
    summary: "Check that what is stored is whole.",
    load: async () => (await import("./high-level/fsck.ts")).fsck,
  },
  {
    name: "backup",
    group: "The service and its operator",
    summary: "Write a backup of a service, running or stopped.",
    load: async () => (await import("./high-level/backup.ts")).backup,
  },
  {
    name: "restore-backup",
    group: "The service and its operator",
    summary: "Make a new data folder from a backup.",
    load: async () => (await import("./high-level/backup.ts")).restoreBackup,
  },
];

export const COMMANDS: readonly CommandRow[] = [
  ...ARCHIVES,
  ...VAULTS,
  ...SETTINGS_AND_TOOLS,
  ...API,
  ...OPERATOR,
];
