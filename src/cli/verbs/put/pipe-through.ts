/** Bytes piped through a program of the user's; what it is given as arguments holds no secret. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** The program failed or is not there; nothing of what it wrote may be kept. */
export class CipherToolError extends Error {
  override readonly name = "CipherToolError";
}

export interface PipedProgram {
  readonly program: string;
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Kills it; the reader sees a `CipherToolError` then. */
  readonly signal?: AbortSignal;
}

/** What a message of the program is cut to. */
const MESSAGE_MAX_CHARACTERS = 2000;

/**
 * What the program makes of `input`. Ends only when the program ended well; throws `CipherToolError` with
 * its own words otherwise, and what `input` throws. The program is killed when nobody reads on.
 */
export async function* pipeThrough(
  input: AsyncIterable<Uint8Array>,
  { program, words, env, signal }: PipedProgram,
): AsyncGenerator<Uint8Array, void, void> {
  const child = spawn(program, words, {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  const ended = watch(child, program);
  const fed = feed(child.stdin, input);
  // Both are awaited below; until then nobody looks.
  fed.catch(() => child.kill());
  ended.catch(() => undefined);
  try {
    for await (const chunk of child.stdout) {
      yield chunk;
    }
    await fed;
    await ended;
  } finally {
    child.kill();
  }
}

/** Resolves when the program ended with 0. */
async function watch(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  program: string,
): Promise<void> {
  let message = "";
  child.stderr.on("data", (chunk: Buffer) => {
    message = `${message}${chunk.toString()}`.slice(0, MESSAGE_MAX_CHARACTERS);
  });
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
    (resolve, reject) => {
      child.once("error", (cause: NodeJS.ErrnoException) => {
        const reason = cause.code === "ENOENT" ? "is not installed" : "can't be run";
        reject(new CipherToolError(`${program} ${reason}: ${cause.message}`, { cause }));
      });
      child.once("close", (code, signal) => resolve({ code, signal }));
    },
  );
  if (code !== 0) {
    const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
    throw new CipherToolError(`${program} ${how}: ${message.trim() || "it gave no reason"}`);
  }
}

async function feed(stdin: Writable, input: AsyncIterable<Uint8Array>): Promise<void> {
  // A program that ends early closes its input; its status tells why.
  let isClosed = false;
  stdin.on("error", () => {
    isClosed = true;
  });
  for await (const chunk of input) {
    if (isClosed) {
      return;
    }
    // The chunk is written out before the next one is asked for, whose bytes may take its place.
    await new Promise<void>((resolve) => {
      stdin.write(chunk, () => resolve());
    });
  }
  stdin.end();
}
