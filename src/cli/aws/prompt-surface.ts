/** Questions on a terminal. */
import type { Readable, Writable } from "node:stream";
import { wrapCommand, wrapWords } from "./wrap-words.ts";

export interface Choice {
  readonly value: string;
  readonly label?: string;
  readonly hint?: string;
}

/** Where questions are asked. Each answer may instead be a `PromptCancelled`, which is thrown. */
export interface PromptSurface {
  /** One of the choices; `typed` is what the search begins with. */
  choose(question: {
    readonly message: string;
    readonly choices: readonly Choice[];
    readonly typed?: string | undefined;
  }): Promise<string>;
  /** A text that `check` finds no fault with, or one of the suggestions. */
  ask(question: {
    readonly message: string;
    readonly suggestions: readonly Choice[];
    readonly check: (value: string) => string | undefined;
  }): Promise<string>;
  /** Shows the command line that these words make after `moraine glacier`. */
  showCommand(words: readonly string[]): void;
  warn(text: string): void;
}

/** The person at the terminal wants none of it. */
export class PromptCancelled extends Error {}

/** Choices that are shown at a time. */
const SHOWN_CHOICES = 10;
/** The bar, the mark and the spaces before an option. */
const INDENT_COLUMNS = 8;
const DEFAULT_COLUMNS = 80;

/** Questions by the library for prompts, which is loaded now. */
export async function openPromptSurface(terminal: {
  readonly input: Readable;
  readonly output: Writable & { readonly columns?: number };
  readonly signal: AbortSignal;
}): Promise<PromptSurface> {
  const prompts = await import("@clack/prompts");
  const { output } = terminal;
  const finish = <T>(answer: T | typeof prompts.CANCEL_SYMBOL): T => {
    if (prompts.isCancel(answer)) {
      throw new PromptCancelled("");
    }
    return answer;
  };
  const columns = () => (output.columns ?? DEFAULT_COLUMNS) - INDENT_COLUMNS;
  const shown = (choices: readonly Choice[]) =>
    choices.map((choice) => showChoice(choice, columns()));
  // Lines but the first go on beside the bar that the library draws.
  const wrapped = (message: string) =>
    wrapWords(message.split(" "), columns(), "").join(`\n${prompts.S_BAR}  `);
  return {
    choose: async ({ message, choices, typed }) =>
      finish(
        await prompts.autocomplete({
          ...terminal,
          message: wrapped(message),
          options: shown(choices),
          maxItems: SHOWN_CHOICES,
          validate: (value) => (value === undefined ? "Choose one of the list." : undefined),
          ...(typed === undefined ? {} : { initialUserInput: typed }),
        }),
      ),
    ask: async ({ message, suggestions, check }) => {
      const validate = (value: unknown) => check(typeof value === "string" ? value : "");
      if (suggestions.length === 0) {
        return (
          finish(await prompts.text({ ...terminal, message: wrapped(message), validate })) ?? ""
        );
      }
      const known = shown(suggestions);
      return finish(
        await prompts.autocomplete<string>({
          ...terminal,
          message: wrapped(message),
          maxItems: SHOWN_CHOICES,
          validate,
          // What is typed is offered as it is, beside the suggestions that it is a part of.
          options() {
            const typed = this.userInput ?? "";
            const isKnown = typed === "" || known.some(({ value }) => value === typed);
            return isKnown ? known : [...known, { value: typed, label: typed, hint: "as typed" }];
          },
          filter: (typed, { value }) => value.toLowerCase().includes(typed.toLowerCase()),
        }),
      );
    },
    showCommand: (words) => {
      const lines = wrapCommand(["moraine glacier", ...words], columns());
      prompts.log.info(lines.join("\n"), { output });
    },
    warn: (text) =>
      prompts.log.warn(wrapWords(text.split(" "), columns(), "").join("\n"), { output }),
  };
}

/** In one line, in `columns` columns. */
function showChoice({ value, label = value, hint }: Choice, columns: number) {
  const room = columns - label.length - " ()".length;
  const fitting = hint === undefined || room < 12 ? undefined : cut(hint, room);
  return { value, label: cut(label, columns), ...(fitting === undefined ? {} : { hint: fitting }) };
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
