/** The AWS CLI v2 of the system, loaded once and run for each command line in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CommandResult } from "../support/external-command.ts";

const SCRIPT = join(import.meta.dirname, "cli-differential-aws.py");
const ADVICE = "the AWS CLI v2 is needed as a module of /usr/bin/python3: apt-get install awscli";

export interface AwsCommandLine {
  /** After the name of the program. */
  readonly words: readonly string[];
  /** All of the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface AwsRunner {
  /** Runs one command line after the other, in the order of the calls. */
  run(line: AwsCommandLine): Promise<CommandResult>;
  stop(): Promise<void>;
}

/** Throws when there is no AWS CLI v2. */
export async function startAws(): Promise<AwsRunner> {
  const child = spawn("/usr/bin/python3", [SCRIPT], {
    stdio: ["pipe", "pipe", "inherit"],
    // It reads text files in the encoding of its locale.
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) {
      throw new Error(ADVICE);
    }
    return JSON.parse(value);
  };
  const { version } = await answer();
  if (!String(version).startsWith("2.")) {
    child.kill();
    throw new Error(`${ADVICE} (found version ${version})`);
  }
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (line) => {
      const result = last.then(async (): Promise<CommandResult> => {
        child.stdin.write(`${JSON.stringify(line)}\n`);
        return await answer();
      });
      last = result.catch(() => undefined);
      return result;
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
