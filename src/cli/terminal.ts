/** What a command sees of the terminal. */

/** Where a command writes. */
export interface Terminal {
  stdout(text: string): void;
  stderr(text: string): void;
  /**
   * Writes bytes to standard output; resolves when it takes more, and rejects when the reader has gone. Where
   * it is absent, bytes are text for `stdout`.
   */
  writeBytes?(bytes: Uint8Array): Promise<void>;
  /** The screen behind standard error, where progress is drawn; absent for files and pipes. */
  readonly screen?: Screen | undefined;
  /** Whether standard output is a terminal. */
  readonly isOutputScreen?: boolean | undefined;
  /** Whether somebody can answer questions: standard input and standard error are terminals. */
  readonly isInteractive?: boolean | undefined;
}

export interface Screen {
  /** Drawn on by progress bars. */
  readonly stream: NodeJS.WriteStream;
  /** Its present width in characters. */
  columns(): number;
}

/** Takes everything and shows nothing: for commands that are only described. */
export const silentTerminal: Terminal = { stdout: () => undefined, stderr: () => undefined };

const DEFAULT_COLUMNS = 80;

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin } = process;
  return {
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    writeBytes: (bytes) => writeBytes(stdout, bytes),
    screen: stderr.isTTY
      ? { stream: stderr, columns: () => stderr.columns || DEFAULT_COLUMNS }
      : undefined,
    isOutputScreen: stdout.isTTY === true,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
  };
}

/** Bytes to standard output of `terminal`, at the pace of whoever reads them. */
export async function writeOutput(terminal: Terminal, bytes: Uint8Array): Promise<void> {
  if (terminal.writeBytes === undefined) {
    terminal.stdout(new TextDecoder().decode(bytes));
  } else {
    await terminal.writeBytes(bytes);
  }
}

/** Without a listener, a pipe whose reader has gone would end the process with a stack. */
function writeBytes(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> {
  return new Promise((done, fail) => {
    stream.once("error", fail);
    stream.write(bytes, (error) => {
      stream.off("error", fail);
      if (error) {
        fail(error);
      } else {
        done();
      }
    });
  });
}
