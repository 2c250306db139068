/** The command line as a process that is killed at some moment. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";

const repository = resolve(import.meta.dirname, "../..");

/** Runs it until it ends or `kill` resolves; resolves with what it printed, and a code if it ended. */
export async function runMoraine(
  words: readonly string[],
  kill?: (ended: AbortSignal) => Promise<unknown>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [resolve(repository, "bin/moraine.mjs"), ...words], {
    cwd: repository,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new AbortController();
  const killed = kill?.(ended.signal).then(
    () => child.kill("SIGKILL"),
    (error: unknown) => assert.ok(ended.signal.aborted, String(error)),
  );
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  ended.abort();
  await killed;
  // Of a child that closed: its exit status, or null after a signal.
  return { code: code as number | null, output: stderr + stdout };
}

/** Mulberry32: the same numbers for the same seed. */
export function createRandom(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
