/** Servers to compare with, each a process of its own. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { endProgram, readLines, startProgram } from "../service/child-program.ts";
import { usageOf } from "../service/process-usage.ts";
import type { Target } from "../service/server-under-test.ts";

/** Runs a script of this folder with Node.js; it prints its port when it listens. */
export async function startScript(
  name: string,
  script: URL,
  words: readonly string[] = [],
): Promise<Target> {
  const child = startProgram(process.execPath, [script.pathname, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of readLines(child)) {
    return makeTarget(name, Number(line), child);
  }
  throw new Error(`${name} did not start`);
}

/** A rival whose process is `child`. */
export function makeTarget(name: string, port: number, child: ChildProcess): Target {
  return { name, port, usage: usageOf(Number(child.pid)), stop: () => endProgram(child) };
}

/** Resolves when something listens on 127.0.0.1:`port`; rejects after `boundMs`. */
export async function awaitPort(name: string, port: number, boundMs = 20_000): Promise<void> {
  const deadlineMs = performance.now() + boundMs;
  while (performance.now() < deadlineMs) {
    if (await isListenedOn(port)) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} did not listen on port ${port}`);
}

async function isListenedOn(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
