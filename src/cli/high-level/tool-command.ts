/** What the tools that need no service have in common: `treehash` and `decode-description`. */
import { Command, CommanderError } from "commander";
import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

/** The parts of the surroundings that a test stands in for. */
export interface ToolSurroundings {
  /** Opens standard input; called only when it is to be read. */
  openStdin(): AsyncIterable<Uint8Array>;
}

/** A command that writes to `terminal` and throws where commander would end the process. */
export function createToolCommand(name: string, terminal: Terminal): Command {
  return new Command(name)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .helpOption("-h, --help", "Print this text.");
}

/** Runs `command`; resolves with what `getStatus` says at its end, or `usage` for wrong words. */
export async function runToolCommand(
  command: Command,
  words: readonly string[],
  getStatus: () => number,
): Promise<number> {
  try {
    await command.parseAsync([...words], { from: "user" });
    return getStatus();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has written its message; asking for help is no mistake.
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    throw error;
  }
}

/**
 * `text` on one line of a terminal that it can't control: control characters and those that turn the
 * direction of writing are escaped, as names of files may hold them.
 */
export function escapeControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** What went wrong, in the words of the runtime. */
export function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
