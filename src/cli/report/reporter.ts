/**
 * What a verb tells: data on standard output, as lines for people or, with `--json`, as lines of JSON;
 * everything else on standard error, where bars are drawn when it is a terminal.
 */
import type { Environment } from "../../client/config-files.ts";
import { escapeControls } from "../high-level/tool-command.ts";
import type { GlobalFlags } from "../session/global-flags.ts";
import type { Terminal } from "../terminal.ts";
import { createProgress, type Progress, type ProgressPlan, silentProgress } from "./progress.ts";

/** A line of JSON; `event` says what happened, such as `uploaded`. */
export interface ReportEvent {
  readonly event: string;
  readonly [member: string]: unknown;
}

export interface Reporter {
  readonly isJson: boolean;
  /** Whether what is written to standard output may have colours. */
  readonly hasColor: boolean;
  /** The answer of a verb, on standard output: `line` for people, `event` with `--json`. */
  data(event: ReportEvent, line: string): void;
  /**
   * Something done: `event` on standard output with `--json`; else `line` on standard error, unless
   * bars show it already or `--quiet`.
   */
  done(event: ReportEvent, line: string): void;
  /** A remark on standard error, unless `--quiet`. */
  note(line: string): void;
  /** What went wrong, always on standard error, and with `--json` as an event too. */
  failed(event: ReportEvent, line: string): void;
  /** Starts the only progress of the verb; `close` of it or of the reporter ends it. */
  progress(plan: ProgressPlan): Progress;
  /** Wipes away what is drawn. */
  close(): void;
}

export function createReporter(context: {
  readonly flags: GlobalFlags;
  readonly terminal: Terminal;
  readonly env: Environment;
  readonly nowMs: () => number;
}): Reporter {
  const { flags, terminal, nowMs } = context;
  const isJson = flags.json === true;
  const isQuiet = flags.quiet === true;
  let drawn: Progress | undefined;
  const print = (event: ReportEvent, line: string) =>
    terminal.stdout(`${isJson ? JSON.stringify(event) : escapeLines(line)}\n`);
  const tell = (line: string) => {
    if (drawn === undefined) {
      terminal.stderr(`${escapeLines(line)}\n`);
    } else {
      drawn.log(escapeLines(line));
    }
  };
  return {
    isJson,
    hasColor: hasColor(context),
    data: print,
    done: (event, line) => {
      if (isJson) {
        print(event, line);
      } else if (drawn === undefined && !isQuiet) {
        tell(line);
      }
    },
    note: (line) => {
      if (!isQuiet) {
        tell(line);
      }
    },
    failed: (event, line) => {
      if (isJson) {
        print(event, line);
      }
      tell(line);
    },
    progress: (plan) => {
      const { screen } = terminal;
      if (screen === undefined || isQuiet || isJson || !flags.progress) {
        return silentProgress;
      }
      const progress = createProgress(plan, { screen, nowMs });
      drawn = {
        ...progress,
        close: () => {
          progress.close();
          drawn = undefined;
        },
      };
      return drawn;
    },
    close: () => drawn?.close(),
  };
}

/** `NO_COLOR` and `FORCE_COLOR` as <https://no-color.org> and Node have them; a flag wins. */
function hasColor(context: {
  readonly flags: GlobalFlags;
  readonly terminal: Terminal;
  readonly env: Environment;
}): boolean {
  const { flags, terminal, env } = context;
  if (flags.color !== "auto") {
    return flags.color === "on";
  }
  return !env["NO_COLOR"] && env["TERM"] !== "dumb" && terminal.isOutputScreen === true;
}

/** Line ends of a report are its own; other controls, as of names of files, are not sent to a terminal. */
function escapeLines(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}
