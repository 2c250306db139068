/** Runs plans: with the load generator in C where there is a compiler, else with the one in JavaScript. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type LoadPlan, type LoadResult, parseResult, writePlan } from "./plan.ts";

export interface LoadGenerator {
  /** What it is, for the report. */
  readonly name: string;
  /** Sends the plan to 127.0.0.1:`port`. Rejects with what the generator says when an answer is wrong. */
  run(port: number, plan: LoadPlan): Promise<LoadResult>;
}

/** A load generator that keeps its files in `folder`: in C where there is a compiler, unless told otherwise. */
export function prepareLoadGenerator(
  folder: string,
  wanted: "javascript" | undefined = undefined,
): LoadGenerator {
  const program = wanted === undefined ? compile(folder) : undefined;
  const script = new URL("./javascript-load.ts", import.meta.url).pathname;
  const command = program === undefined ? [process.execPath, script] : [program];
  return {
    name: program === undefined ? "JavaScript" : "C",
    run: (port, plan) => runPlan(folder, command, { port, plan }),
  };
}

function compile(folder: string): string | undefined {
  const program = join(folder, "load");
  const source = join(import.meta.dirname, "load.c");
  const words = ["-O2", "-Wall", "-Wextra", "-o", program, source];
  const { status, error, stderr } = spawnSync("cc", words, { encoding: "utf8" });
  if (status !== 0 && error === undefined) {
    process.stderr.write(`bench: ${source} can't be compiled: ${stderr}\n`);
  }
  return status === 0 ? program : undefined;
}

async function runPlan(
  folder: string,
  command: readonly string[],
  { port, plan }: { readonly port: number; readonly plan: LoadPlan },
): Promise<LoadResult> {
  const file = join(folder, "plan");
  writePlan(file, plan.requests);
  const [program = "", ...words] = command;
  const connections = Math.min(plan.connections, plan.requests.length);
  const child = spawn(program, [...words, `${port}`, `${connections}`, file, plan.bodyFile], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [[status, signal], output, complaint] = await Promise.all([
    once(child, "close"),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (status !== 0) {
    throw new Error(complaint || `the load generator ended with ${signal ?? status}`);
  }
  return parseResult(output, plan);
}
