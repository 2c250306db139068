/** What commands that take long have in common: progress on a terminal, and a clean end on Ctrl-C. */
import type { Command } from "commander";
import { type AdminSurroundings, runAdminCommand } from "./admin-connection.ts";
import { EXIT } from "./exit-codes.ts";
import { VerbFailure } from "./session/verb-failure.ts";
import { loadStoppedFolder, type StoppedFolder } from "./stopped-folder.ts";
import type { Terminal } from "./terminal.ts";

/** The parts of the surroundings that a test stands in for. */
export interface LongSurroundings extends AdminSurroundings {
  /** Whether standard error is a terminal, on which a line can be written over. */
  readonly isTty: boolean;
  readonly loadStoppedFolder: () => Promise<StoppedFolder>;
  /** Interrupts the command; SIGINT unless given. */
  readonly signal?: AbortSignal;
}

/** As a shell shows the end by SIGINT. */
export const INTERRUPTED = EXIT.interrupted;
const TTY_EVERY_MS = 200;

/** The surroundings of a process. */
export function processSurroundings(): LongSurroundings {
  return {
    env: process.env,
    fetch,
    nowMs: Date.now,
    isTty: process.stderr.isTTY === true,
    loadStoppedFolder,
  };
}

export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** A line on standard error that the next one replaces; nothing where there is no terminal. */
export function createProgressLine(terminal: Terminal, isTty: boolean): ProgressLine {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      const nowMs = performance.now();
      if (isTty && nowMs - shownAtMs >= TTY_EVERY_MS) {
        shownAtMs = nowMs;
        terminal.stderr(`\r\u001b[K${text}`);
      }
    },
    clear() {
      if (isTty) {
        terminal.stderr("\r\u001b[K");
      }
    },
  };
}

/**
 * Runs `command`; `action` of it is given a signal that SIGINT aborts, and what it returns is the exit status.
 * See `runAdminCommand` for the others.
 */
export async function runLongCommand(
  build: (signal: AbortSignal, setStatus: (status: number) => void) => Command,
  words: readonly string[],
  {
    terminal,
    surroundings,
  }: { readonly terminal: Terminal; readonly surroundings: LongSurroundings },
): Promise<number> {
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new VerbFailure(INTERRUPTED, "interrupted"));
  process.once("SIGINT", stop);
  surroundings.signal?.addEventListener("abort", stop);
  if (surroundings.signal?.aborted === true) {
    stop();
  }
  let status = 0;
  try {
    const command = build(interrupt.signal, (given) => {
      status = given;
    });
    const code = await runAdminCommand(command, words, terminal);
    return interrupt.signal.aborted ? INTERRUPTED : code || status;
  } finally {
    process.off("SIGINT", stop);
  }
}
