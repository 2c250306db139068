/** The commands of `moraine`. A command's code is loaded when it is called, so that others stay quick. */
import type { CommandGroup, CommandRow } from "./command-row.ts";
import type { Verb } from "./session/verb.ts";

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
    "get",
    "Retrieve one archive and download it, verified by tree hash.",
    async () => (await import("./verbs/get.ts")).get,
  ),
  verbRow(
    "Archives",
    "restore",
    "Bring archives back to a folder, within a budget; goes on where it was ended.",
    async () => (await import("./verbs/restore.ts")).restore,
  ),
  verbRow(
    "Archives",
    "verify",
    "Compare local files with the catalogue by size and tree hash.",
    async () => (await import("./verbs/verify.ts")).verify,
  ),
  verbRow(
    "Archives",
    "estimate",
    "Tell what a restore would take: requests, bytes, time and money.",
    async () => (await import("./verbs/estimate.ts")).estimate,
  ),
  verbRow(
    "Archives",
    "rm",
    "Delete archives by the names of their files.",
    async () => (await import("./verbs/rm.ts")).rm,
  ),
  verbRow(
    "Archives",
    "select",
    "Query an archive of CSV with SQL and print the result.",
    async () => (await import("./verbs/select.ts")).select,
  ),
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
    "jobs",
    "List retrieval and inventory jobs, of one vault or of all.",
    async () => (await import("./verbs/jobs.ts")).jobs,
  ),
  verbRow(
    "Vaults, jobs and catalogue",
    "wait",
    "Wait until jobs have ended.",
    async () => (await import("./verbs/wait.ts")).wait,
  ),
  verbRow(
    "Vaults, jobs and catalogue",
    "output",
    "Download the output of a job, verified where that is possible.",
    async () => (await import("./verbs/output.ts")).output,
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
    async () => (await import("./verbs/completion.ts")).createCompletion(COMMANDS),
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
    describe: async () => (await import("./high-level/user.ts")).describeUser(),
  },
  {
    name: "key",
    group: "The service and its operator",
    summary: "Make, list, disable and remove access keys of users; rotate the encryption key.",
    load: async () => (await import("./high-level/key.ts")).key,
    describe: async () => (await import("./high-level/key.ts")).describeKey(),
  },
  {
    name: "inventory",
    group: "The service and its operator",
    summary: "Take the inventory of a vault of a running service at once.",
    load: async () => (await import("./high-level/inventory.ts")).inventory,
    describe: async () => (await import("./high-level/inventory.ts")).describeInventory(),
  },
  {
    name: "stats",
    group: "The service and its operator",
    summary: "Show what a running service keeps, and how it does.",
    load: async () => (await import("./high-level/stats.ts")).stats,
    describe: async () => (await import("./high-level/stats.ts")).describeStats(),
  },
  {
    name: "fsck",
    group: "The service and its operator",
    summary: "Check that what is stored is whole.",
    load: async () => (await import("./high-level/fsck.ts")).fsck,
    describe: async () => (await import("./high-level/fsck.ts")).describeFsck(),
  },
  {
    name: "backup",
    group: "The service and its operator",
    summary: "Write a backup of a service, running or stopped.",
    load: async () => (await import("./high-level/backup.ts")).backup,
    describe: async () => (await import("./high-level/backup.ts")).describeBackup(),
  },
  {
    name: "restore-backup",
    group: "The service and its operator",
    summary: "Make a new data folder from a backup.",
    load: async () => (await import("./high-level/backup.ts")).restoreBackup,
    describe: async () => (await import("./high-level/backup.ts")).describeRestoreBackup(),
  },
];

export const COMMANDS: readonly CommandRow[] = [
  ...ARCHIVES,
  ...VAULTS,
  ...SETTINGS_AND_TOOLS,
  ...API,
  ...OPERATOR,
];
