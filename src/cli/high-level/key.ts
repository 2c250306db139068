/** `moraine key`: access keys of users, over `iam` actions of a running service, and rotating its own key. */
import { Command } from "commander";
import { runAdminCommand } from "../admin-connection.ts";
import {
  addIamFlags,
  callIam,
  type IamFlags,
  type IamSurroundings,
  listIam,
} from "../iam-connection.ts";
import { type LongSurroundings, processSurroundings, runLongCommand } from "../long-command.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { addRotateVerb } from "./key-rotate.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";
import { iamSurroundings } from "./user.ts";

type Flags = IamFlags & { readonly user: string };

/**
 * Runs a verb of `key`; resolves with the exit status. What was asked for is one JSON object; the secret of a new
 * key is in it this once.
 */
export async function key(
  words: readonly string[],
  terminal: Terminal,
  surroundings: KeySurroundings = iamSurroundings(),
): Promise<number> {
  const long = { ...processSurroundings(), ...surroundings };
  const build = (signal: AbortSignal, setStatus: (status: number) => void) => {
    const command = buildCommand(terminal, surroundings);
    addRotateVerb(command, { terminal, surroundings: long, signal, setStatus });
    return command;
  };
  if (words[0] === "rotate") {
    return await runLongCommand(build, words, { terminal, surroundings: long });
  }
  const unused = () => undefined;
  return await runAdminCommand(build(new AbortController().signal, unused), words, terminal);
}

/** Its words, for manual pages and completion. */
export function describeKey(): Command {
  const surroundings = iamSurroundings();
  const command = buildCommand(silentTerminal, surroundings);
  addRotateVerb(command, {
    terminal: silentTerminal,
    surroundings: { ...processSurroundings(), ...surroundings },
    signal: new AbortController().signal,
    setStatus: () => undefined,
  });
  return command;
}

/** What a rotation needs besides is that of the process unless given. */
type KeySurroundings = IamSurroundings & Partial<LongSurroundings>;

function buildCommand(terminal: Terminal, surroundings: IamSurroundings): Command {
  const command = new Command("moraine key")
    .description(
      "Make, list, disable and remove access keys of users; rotate the key that data are encrypted with.",
    )
    .addHelpText("after", OPERATOR_EXAMPLES.key)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .helpCommand(false);
  const print = (result: object) => terminal.stdout(`${JSON.stringify(result)}\n`);
  const verb = (name: string, summary: string) =>
    addIamFlags(command.command(name).description(summary)).requiredOption(
      "--user <name>",
      "The user whose key it is.",
    );
  verb("create", "Make a key, whose secret is shown this once.").action(async (flags: Flags) =>
    print(await callIam("CreateAccessKey", { UserName: flags.user }, { flags, surroundings })),
  );
  verb("list", "List the keys of a user.").action(async (flags: Flags) => {
    const input = { UserName: flags.user };
    const context = { flags, surroundings };
    print(await listIam("ListAccessKeys", "AccessKeyMetadata", input, context));
  });
  verb("rm", "Remove a key.")
    .argument("<id>", "Access key id.")
    .action(async (AccessKeyId: string, flags: Flags) => {
      const input = { UserName: flags.user, AccessKeyId };
      await callIam("DeleteAccessKey", input, { flags, surroundings });
      print({ ...input, Removed: true });
    });
  const setStatus = (name: string, summary: string, Status: "Active" | "Inactive") =>
    verb(name, summary)
      .argument("<id>", "Access key id.")
      .action(async (AccessKeyId: string, flags: Flags) => {
        const input = { UserName: flags.user, AccessKeyId, Status };
        await callIam("UpdateAccessKey", input, { flags, surroundings });
        print(input);
      });
  setStatus("disable", "Refuse requests that are signed with a key.", "Inactive");
  setStatus("enable", "Let a disabled key sign again.", "Active");
  return command;
}
