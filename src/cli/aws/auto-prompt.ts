/** `--cli-auto-prompt`: asks for a command and for its parameters, and shows what will run. */
import { operationSummaries } from "../../protocol/operation-summaries.ts";
import type { ParserFlag } from "./argument-parser.ts";
import {
  type Draft,
  draftWords,
  flagsOf,
  lacksOutfile,
  membersOf,
  missingFlags,
  operationOf,
  parseDraft,
  withoutPart,
  withPart,
} from "./command-draft.ts";
import { commandNames, findOperation, WAITERS } from "./command-names.ts";
import { CommandFailure } from "./errors-and-exit-codes.ts";
import { memberSummary, otherSummary } from "./flag-summaries.ts";
import { OUTFILE } from "./flags-from-shape.ts";
import { readFlagValue } from "./param-value.ts";
import { parseArguments } from "./parse-arguments.ts";
import { type Choice, PromptCancelled, type PromptSurface } from "./prompt-surface.ts";
import { quoteWord, splitCommand } from "./split-command.ts";
import { type AskService, suggestValues } from "./suggest-values.ts";

export interface PromptSurroundings {
  readonly surface: PromptSurface;
  /** A way to ask the service that the words' global options name. */
  readonly askService: (words: readonly string[]) => AskService;
}

/**
 * The words of a whole command that begins as `words` do. Resolves when the command is to be run. Throws
 * `PromptCancelled`.
 */
export async function promptForWords(
  words: readonly string[],
  surroundings: PromptSurroundings,
): Promise<readonly string[]> {
  let draft = await askForCommand(parseDraft(words), surroundings.surface);
  for (const flag of missingFlags(draft)) {
    draft = await askForFlag(draft, flag, surroundings);
  }
  if (lacksOutfile(draft)) {
    draft = await askForOutfile(draft, surroundings.surface);
  }
  return await finishDraft(draft, surroundings);
}

async function askForCommand(draft: Draft, surface: PromptSurface): Promise<Draft> {
  let { command, waiter } = draft;
  command ??= await surface.choose({
    message: "Command of moraine glacier",
    choices: commandNames.filter((name) => name !== "help").map(toCommandChoice),
    typed: draft.wrongCommand,
  });
  if (command === "wait") {
    const choices = WAITERS.map((value) => ({ value }));
    const chosen = waiter ?? (await surface.choose({ message: "Wait until", choices }));
    waiter = WAITERS.find((name) => name === chosen);
  }
  return { ...draft, command, waiter, wrongCommand: undefined };
}

function toCommandChoice(name: string): Choice {
  const operation = findOperation(name);
  const hint = operation === undefined ? "Waits for a vault." : operationSummaries[operation];
  return { value: name, hint };
}

async function askForFlag(
  draft: Draft,
  flag: ParserFlag,
  { surface, askService }: PromptSurroundings,
): Promise<Draft> {
  const member = membersOf(draft).find((each) => each.flag === flag.flag);
  const message = formatQuestion(draft, flag);
  if (flag.takes === "nothing") {
    return withPart(draft, { flag: flag.flag, values: [] });
  }
  if (flag.choices !== undefined) {
    const choices = flag.choices.map((value) => ({ value }));
    const value = await surface.choose({ message, choices });
    return withPart(draft, { flag: flag.flag, values: [value] });
  }
  const suggestions =
    member === undefined
      ? []
      : await suggestValues(member.member, draft, askService(draftWords(draft)));
  const valuesOf = (text: string) => (flag.takes === "any" ? splitCommand(text) : [text]);
  const check = (text: string) => {
    const values = valuesOf(text);
    const [first] = values;
    if (first === undefined || first === "") {
      return "A value is needed.";
    }
    const words = flag.takes === "any" ? values : first;
    return member === undefined ? undefined : faultOf(() => readFlagValue(member, words));
  };
  const text = await surface.ask({ message, suggestions, check });
  return withPart(draft, { flag: flag.flag, values: valuesOf(text) });
}

function formatQuestion(draft: Draft, { flag }: ParserFlag): string {
  const summary = summaryOf(draft, flag);
  return summary === "" ? flag : `${flag}: ${summary}`;
}

function summaryOf(draft: Draft, flag: string): string {
  const operation = operationOf(draft);
  const member = membersOf(draft).find((each) => each.flag === flag);
  return operation === undefined || member === undefined
    ? otherSummary(flag)
    : memberSummary(operation, member.member);
}

async function askForOutfile(draft: Draft, surface: PromptSurface): Promise<Draft> {
  const outfile = await surface.ask({
    message: `${OUTFILE.name}: ${otherSummary(OUTFILE.name)}`,
    suggestions: [],
    check: (text) => (text === "" ? "A path is needed." : undefined),
  });
  return { ...draft, outfile };
}

const RUN = "run";
const STOP = "stop";

/** Shows the command line and changes it until it is to be run. */
async function finishDraft(
  begun: Draft,
  surroundings: PromptSurroundings,
): Promise<readonly string[]> {
  const { surface } = surroundings;
  let draft = begun;
  for (;;) {
    const words = draftWords(draft);
    surface.showCommand(words.map(quoteWord));
    const answer = await surface.choose({ message: "What next?", choices: nextSteps(draft) });
    if (answer === STOP) {
      throw new PromptCancelled("");
    }
    if (answer === RUN) {
      const fault = faultOf(() => parseArguments(words));
      if (fault === undefined) {
        return words;
      }
      surface.warn(fault);
    } else {
      draft = await changeDraft(draft, answer, surroundings);
    }
  }
}

function nextSteps(draft: Draft): readonly Choice[] {
  const given = new Set(draft.parts.map(({ flag }) => flag));
  const known = flagsOf(draft);
  const members = membersOf(draft);
  const isRequired = (name: string) =>
    members.some(({ flag, required }) => flag === name && required === true);
  const isHidden = (name: string) => members.some(({ flag, hidden }) => flag === name && hidden);
  return [
    { value: RUN, label: "Run it" },
    ...known
      .filter(({ flag }) => !given.has(flag) && !isHidden(flag))
      .map(({ flag }) => ({ value: flag, label: `Add ${flag}`, hint: summaryOf(draft, flag) })),
    ...[...given].map((flag) => ({
      value: flag,
      label: `${isRequired(flag) ? "Change" : "Remove"} ${flag}`,
    })),
    { value: STOP, label: "Stop, run nothing" },
  ];
}

async function changeDraft(
  draft: Draft,
  name: string,
  surroundings: PromptSurroundings,
): Promise<Draft> {
  const flag = flagsOf(draft).find((each) => each.flag === name);
  const isGiven = draft.parts.some((part) => part.flag === name);
  if (flag === undefined || (isGiven && flag.required !== true)) {
    return withoutPart(draft, name);
  }
  return await askForFlag(draft, flag, surroundings);
}

/** The last line of what a `CommandFailure` of `run` says; `undefined` when there is none. */
function faultOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof CommandFailure) {
      return error.message.trimEnd().split("\n").at(-1);
    }
    throw error;
  }
}
