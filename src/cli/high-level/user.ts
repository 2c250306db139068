/** `moraine user`: users of an account and their policies, over the `iam` actions of a running service. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { POLICY_DOCUMENT_MAX_CHARACTERS } from "../../domain/limits.ts";
import { runAdminCommand } from "../admin-connection.ts";
import { EXIT } from "../exit-codes.ts";
import {
  addIamFlags,
  callIam,
  type IamFlags,
  type IamSurroundings,
  listIam,
} from "../iam-connection.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";

/** The surroundings of a process. */
export function iamSurroundings(): IamSurroundings {
  return { env: process.env, fetch, nowMs: Date.now, readStdin: () => text(process.stdin) };
}

/** Runs a verb of `user`; resolves with the exit status. What was asked for is one JSON object. */
export async function user(
  words: readonly string[],
  terminal: Terminal,
  surroundings: IamSurroundings = iamSurroundings(),
): Promise<number> {
  return await runAdminCommand(buildCommand(terminal, surroundings), words, terminal);
}

type Flags = IamFlags & { readonly path?: string; readonly pathPrefix?: string };

/** Its words, for manual pages and completion. */
export function describeUser(): Command {
  return buildCommand(silentTerminal, iamSurroundings());
}

function buildCommand(terminal: Terminal, surroundings: IamSurroundings): Command {
  const command = new Command("moraine user")
    .description("Make, list and remove users of the account whose credentials are used.")
    .addHelpText("after", OPERATOR_EXAMPLES.user)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .helpCommand(false);
  const print = (result: object) => terminal.stdout(`${JSON.stringify(result)}\n`);
  const verb = (parent: Command, name: string, summary: string) =>
    addIamFlags(parent.command(name).description(summary));
  verb(command, "create", "Make a user.")
    .argument("<name>", "Its name.")
    .option("--path <path>", "Its path, such as /backup/.")
    .action(async (UserName: string, flags: Flags) =>
      print(await callIam("CreateUser", { UserName, Path: flags.path }, { flags, surroundings })),
    );
  verb(command, "list", "List all users.")
    .option("--path-prefix <path>", "Only those whose path begins so.")
    .action(async (flags: Flags) => {
      const input = { PathPrefix: flags.pathPrefix };
      print(await listIam("ListUsers", "Users", input, { flags, surroundings }));
    });
  verb(command, "rm", "Remove a user, whose keys and policies must be gone.")
    .argument("<name>", "Its name.")
    .action(async (UserName: string, flags: Flags) => {
      await callIam("DeleteUser", { UserName }, { flags, surroundings });
      print({ UserName, Removed: true });
    });
  addPolicyVerbs(command.command("policy").description("Policies of a user."), {
    verb,
    print,
    surroundings,
  });
  return command;
}

function addPolicyVerbs(
  policy: Command,
  {
    verb,
    print,
    surroundings,
  }: {
    readonly verb: (parent: Command, name: string, summary: string) => Command;
    readonly print: (result: object) => void;
    readonly surroundings: IamSurroundings;
  },
): void {
  policy.helpCommand(false);
  const named = (name: string, summary: string) =>
    verb(policy, name, summary).argument("<user>", "Name of the user.");
  named("put", "Give a user a policy, in place of one of the same name.")
    .argument("<policy>", "Name of the policy.")
    .argument("<file>", "The policy document; - reads standard input.")
    .action(async (UserName: string, PolicyName: string, file: string, flags: Flags) => {
      const PolicyDocument = await readDocument(file, surroundings);
      const input = { UserName, PolicyName, PolicyDocument };
      await callIam("PutUserPolicy", input, { flags, surroundings });
      print({ UserName, PolicyName, Stored: true });
    });
  named("get", "Print a policy of a user.")
    .argument("<policy>", "Name of the policy.")
    .action(async (UserName: string, PolicyName: string, flags: Flags) => {
      const found = await callIam(
        "GetUserPolicy",
        { UserName, PolicyName },
        { flags, surroundings },
      );
      print({ ...found, PolicyDocument: showDocument(String(found["PolicyDocument"])) });
    });
  named("list", "List the policies of a user.").action(async (UserName: string, flags: Flags) => {
    const context = { flags, surroundings };
    print(await listIam("ListUserPolicies", "PolicyNames", { UserName }, context));
  });
  named("rm", "Take a policy from a user.")
    .argument("<policy>", "Name of the policy.")
    .action(async (UserName: string, PolicyName: string, flags: Flags) => {
      await callIam("DeleteUserPolicy", { UserName, PolicyName }, { flags, surroundings });
      print({ UserName, PolicyName, Removed: true });
    });
}

async function readDocument(file: string, { readStdin }: IamSurroundings): Promise<string> {
  let document: string;
  try {
    document = file === "-" ? await readStdin() : await readFile(file, "utf8");
  } catch (cause) {
    throw new VerbFailure(EXIT.usage, `${file} can't be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (document.length > POLICY_DOCUMENT_MAX_CHARACTERS) {
    throw new VerbFailure(
      EXIT.usage,
      `a policy document has at most ${POLICY_DOCUMENT_MAX_CHARACTERS} characters; ${file} has` +
        ` ${document.length}`,
    );
  }
  return document;
}

/** IAM answers with the document percent-encoded (API reference, GetUserPolicy); shown as the JSON it is. */
function showDocument(encoded: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(encoded));
  } catch {
    return encoded;
  }
}
