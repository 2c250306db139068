/** The commands of `moraine`. A command's code is loaded when it is called, so that others stay quick. */

import type { Command as CommanderCommand } from "commander";
import type { Verb } from "./session/verb.ts";
import type { Terminal } from "./terminal.ts";

/** Runs a command with the words after its name; resolves with the exit status. */
export type Command = (words: readonly string[], terminal: Terminal) => Promise<number>;

export interface CommandRow {
  readonly name: string;
  /** One sentence, for `moraine --help`. */
  readonly summary: string;
  load(): Promise<Command>;
  /** Its words, for manual pages and completion. */
  describe?(): Promise<CommanderCommand>;
}

/** The row of a verb that `createVerb` made. */
function verbRow(name: string, summary: string, load: () => Promise<Verb>): CommandRow {
  return {
    name,
    summary,
    load: async () => (await load()).run,
    describe: async () => (await load()).describe(),
  };
}

export const COMMANDS: readonly CommandRow[] = [
  verbRow(
    "ls",
    "List vaults, or the archives of a vault by the names of their files.",
    async () => (await import("./verbs/ls.ts")).ls,
  ),
  verbRow(
    "find",
    "Find archives by name in the journals of all vaults.",
    async () => (await import("./verbs/find.ts")).find,
  ),
  verbRow(
    "get",
    "Retrieve one archive and download it, verified by tree hash.",
    async () => (await import("./verbs/get.ts")).get,
  ),
  verbRow(
    "restore",
    "Bring archives back to a folder, within a budget; goes on where it was ended.",
    async () => (await import("./verbs/restore.ts")).restore,
  ),
  verbRow(
    "verify",
    "Compare local files with the catalogue by size and tree hash.",
    async () => (await import("./verbs/verify.ts")).verify,
  ),
  verbRow(
    "estimate",
    "Tell what a restore would take: requests, bytes, time and money.",
    async () => (await import("./verbs/estimate.ts")).estimate,
  ),
  verbRow(
    "jobs",
    "List retrieval and inventory jobs, of one vault or of all.",
    async () => (await import("./verbs/jobs.ts")).jobs,
  ),
  verbRow(
    "wait",
    "Wait until jobs have ended.",
    async () => (await import("./verbs/wait.ts")).wait,
  ),
  verbRow(
    "output",
    "Download the output of a job, verified where that is possible.",
    async () => (await import("./verbs/output.ts")).output,
  ),
  verbRow(
    "catalog",
    "Show, rebuild, export and import the journal of a vault.",
    async () => (await import("./verbs/catalog.ts")).catalog,
  ),
  {
    name: "glacier",
    summary: "Call an operation of the API, with the command lines of aws glacier.",
    load: async () => (await import("./aws/run-glacier.ts")).runGlacier,
  },
  {
    name: "serve",
    summary: "Start the archive service.",
    load: async () => (await import("./high-level/serve.ts")).serve,
  },
  {
    name: "account",
    summary: "Make and list accounts of a running service.",
    load: async () => (await import("./high-level/account.ts")).account,
  },
  {
    name: "policy",
    summary: "Explain what the policies of a running service allow and deny.",
    load: async () => (await import("./high-level/policy-explain.ts")).policy,
  },
  {
    name: "treehash",
    summary: "Print the SHA-256 tree hash of files.",
    load: async () => (await import("./high-level/tree-hash.ts")).treeHash,
  },
  {
    name: "decode-description",
    summary: "Show which file the description of an archive names.",
    load: async () => (await import("./high-level/decode-description.ts")).decodeDescriptions,
  },
];
