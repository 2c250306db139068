/** Does what a command line asks for, with the service behind a small interface. */
import type { OperationName } from "../../protocol/operations.ts";
import type { Waiter } from "./command-names.ts";
import { CommandFailure } from "./errors-and-exit-codes.ts";
import { describeFileError } from "./file-errors.ts";
import type { Color, OutputFormat } from "./global-options.ts";
import { formatHelp } from "./help.ts";
import { type OutputSettings, writeAnswer, writePages } from "./output/write-output.ts";
import { printableAnswer } from "./output-members.ts";
import { pagingOf, walkPages } from "./pagination.ts";
import type { CallInvocation, Invocation, Parameters } from "./parse-arguments.ts";
import { saveBody } from "./save-body.ts";
import { formatInputSkeleton, outputSkeleton } from "./skeleton.ts";

/** Calls operations of a service. */
export interface ServiceCaller {
  /**
   * The members of the answer; a body is a `DownloadedBody` under `body`. Throws a `CommandFailure`, for
   * instance of the kind `service` when the service refuses.
   */
  call(
    operation: OperationName,
    parameters: Parameters,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Throws a `CommandFailure` of the kind `general` when the condition doesn't come. */
  wait(waiter: Waiter, parameters: Parameters): Promise<void>;
}

/** What is written to an outfile. */
export interface DownloadedBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  cancel(): void;
}

export interface InvocationSurroundings {
  readonly caller: ServiceCaller;
  readonly write: (text: string) => void;
  readonly version: string;
  /** When the words give none. */
  readonly defaultFormat: OutputFormat;
  readonly terminalWidth: number;
  readonly isTerminal: boolean;
}

/** Throws a `CommandFailure`, and errors of the file system. */
export async function runInvocation(
  invocation: Invocation,
  surroundings: InvocationSurroundings,
): Promise<void> {
  const { write, caller } = surroundings;
  switch (invocation.kind) {
    case "version":
      write(`moraine ${surroundings.version}\n`);
      return;
    case "help":
      write(formatHelp(invocation.command, surroundings.terminalWidth));
      return;
    case "skeleton": {
      const { skeleton, operation } = invocation;
      if (skeleton === "output") {
        const settings = outputSettings(invocation, surroundings);
        writeAnswer(outputSkeleton(operation), settings, write);
      } else {
        write(formatInputSkeleton(operation, skeleton));
      }
      return;
    }
    case "wait":
      await caller.wait(invocation.waiter, invocation.parameters);
      return;
    case "call":
      await runCall(invocation, surroundings);
  }
}

async function runCall(
  invocation: CallInvocation,
  surroundings: InvocationSurroundings,
): Promise<void> {
  const { operation, parameters, paging: settings, outfile } = invocation;
  const { caller, write } = surroundings;
  const paging = pagingOf(operation);
  const output = outputSettings(invocation, surroundings);
  if (paging !== undefined && settings !== undefined) {
    const walk = walkPages(paging, parameters, settings, async (pageParameters) =>
      printableAnswer(operation, await caller.call(operation, pageParameters)),
    );
    await writePages(walk, output, write);
    return;
  }
  const answer = await caller.call(operation, parameters);
  if (outfile !== undefined) {
    await saveAnswerBody(answer["body"] as DownloadedBody, outfile);
  }
  writeAnswer(printableAnswer(operation, answer), output, write);
}

async function saveAnswerBody(body: DownloadedBody, outfile: string): Promise<void> {
  try {
    await saveBody(body.bytes, outfile);
  } catch (error) {
    body.cancel();
    throw isFileError(error)
      ? new CommandFailure("general", describeFileError(error, outfile), { cause: error })
      : error;
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "path" in error;
}

function outputSettings(
  { operation, options }: Pick<CallInvocation, "operation" | "options">,
  surroundings: InvocationSurroundings,
): OutputSettings {
  return {
    format: options.output ?? surroundings.defaultFormat,
    query: options.query,
    title: operation,
    terminalWidth: surroundings.terminalWidth,
    color: isColored(options.color, surroundings.isTerminal),
  };
}

function isColored(color: Color, isTerminal: boolean): boolean {
  return color === "auto" ? isTerminal : color === "on";
}
