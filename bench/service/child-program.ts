/** Programs that must not outlive the benchmark. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of running) {
    child.kill("SIGTERM");
  }
});

/** Starts `program`; it is told to end when this process does. */
export function startProgram(
  program: string,
  words: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const child = spawn(program, words, options);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Tells `child` to end and waits until it is gone. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }
}

/** The lines of its standard output. Throws when that is not piped. */
export async function* readLines(child: ChildProcess): AsyncIterable<string> {
  if (child.stdout === null) {
    throw new Error("standard output goes elsewhere");
  }
  let rest = "";
  for await (const chunk of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
