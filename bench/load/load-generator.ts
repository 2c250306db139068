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

/** A load generator that keeps its files in `folder`. */
export function prepareLoadGenerator(folder: string): LoadGenerator {
  const program = join(folder, "load");
  const source = join(import.meta.dirname, "load.c");
  const compiled = spawnSync("cc", ["-O2", "-o", program, source], { encoding: "utf8" });
  if (compiled.status === 0) {
    return { name: "C", run: (port, plan) => runPlan(folder, [program], { port, plan }) };
  }
  if (compiled.error === undefined) {
    process.stderr.write(`bench: ${source} can't be compiled: ${compiled.stderr}\n`);
  }
  const script = new URL("./javascript-load.ts", import.meta.url).pathname;
  const command = [process.execPath, script];
  return { name: "JavaScript", run: (port, plan) => runPlan(folder, command, { port, plan }) };
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
  const ended = once(child, "close");
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status, signal] = await ended;
  if (status !== 0) {
    throw new Error(complaint || `the load generator ended with ${signal ?? status}`);
  }
  return parseResult(output, plan);
}
