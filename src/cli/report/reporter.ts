/**
 * What a verb tells: data on standard output, as lines for people or, with `--json`, as lines of JSON;
 * everything else on standard error, where bars are drawn when it is a terminal.
 */
import { styleText } from "node:util";
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
  const colorOfFailures = hasColor(context, terminal.screen !== undefined) ? "red" : "reset";
  const tell = (line: string, color: "red" | "reset" = "reset") => {
    const escaped = escapeLines(line);
    const text = color === "reset" ? escaped : styleText(color, escaped, { validateStream: false });
    if (drawn === undefined) {
      terminal.stderr(`${text}\n`);
    } else {
      drawn.log(text);
    }
  };
  return {
    isJson,
    hasColor: hasColor(context, terminal.isOutputScreen === true),
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
      tell(line, colorOfFailures);
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
function hasColor(
  { flags, env }: { readonly flags: GlobalFlags; readonly env: Environment },
  isScreen: boolean,
): boolean {
  if (flags.color !== "auto") {
    return flags.color === "on";
  }
  if (env["NO_COLOR"]) {
    return false;
  }
  return Boolean(env["FORCE_COLOR"]) || (isScreen && env["TERM"] !== "dumb");
}

/** Line ends of a report are its own; other controls, as of names of files, are not sent to a terminal. */
function escapeLines(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}
