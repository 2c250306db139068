/** The commands of `moraine`. A command's code is loaded when it is called, so that others stay quick. */

import type { Terminal } from "./terminal.ts";

/** Runs a command with the words after its name; resolves with the exit status. */
export type Command = (words: readonly string[], terminal: Terminal) => Promise<number>;

interface CommandRow {
  readonly name: string;
  /** One sentence, for `moraine --help`. */
  readonly summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandRow[] = [
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
    name: "user",
    summary: "Make, list and remove users, and their policies.",
    load: async () => (await import("./high-level/user.ts")).user,
  },
  {
    name: "key",
    summary: "Make, list, disable and remove access keys of users.",
    load: async () => (await import("./high-level/key.ts")).key,
  },
  {
    name: "inventory",
    summary: "Take the inventory of a vault of a running service at once.",
    load: async () => (await import("./high-level/inventory.ts")).inventory,
  },
  {
    name: "stats",
    summary: "Show what a running service keeps, and how it does.",
    load: async () => (await import("./high-level/stats.ts")).stats,
  },
  {
    name: "fsck",
    summary: "Check that what is stored is whole.",
    load: async () => (await import("./high-level/fsck.ts")).fsck,
  },
  {
    name: "backup",
    summary: "Write a backup of a service, running or stopped.",
    load: async () => (await import("./high-level/backup.ts")).backup,
  },
  {
    name: "restore-backup",
    summary: "Make a new data folder from a backup.",
    load: async () => (await import("./high-level/backup.ts")).restoreBackup,
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
