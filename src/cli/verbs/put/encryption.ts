/** Encryption by a program of the user's: bytes go through a pipe, and no key is ever seen here. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { InvalidArgumentError } from "commander";

const TOOLS = ["age", "gpg"] as const;

export interface Encryption {
  /** The program, and the `enc` of descriptions. */
  readonly tool: (typeof TOOLS)[number];
  readonly recipient: string;
}

/** The program failed or is not there; nothing of what it wrote may be kept. */
export class EncryptionError extends Error {
  override readonly name = "EncryptionError";
}

/** For commander: `age:RECIPIENT` or `gpg:RECIPIENT`. Throws `InvalidArgumentError`. */
export function parseEncryption(text: string): Encryption {
  const [, name, recipient] = /^([a-z]+):(.+)$/s.exec(text) ?? [];
  const tool = TOOLS.find((candidate) => candidate === name);
  if (tool === undefined || recipient === undefined) {
    throw new InvalidArgumentError(
      `It must be age: or gpg: and a recipient, such as age:age1qx...; got "${text}".`,
    );
  }
  return { tool, recipient };
}

/** What a message of the program is cut to. */
const MESSAGE_MAX_CHARACTERS = 2000;

/**
 * The encrypted bytes of `plain`. Ends only when the program ended well; throws `EncryptionError` with its
 * own words otherwise, and what `plain` throws. The program is killed when nobody reads on.
 */
export async function* encrypt(
  plain: AsyncIterable<Uint8Array>,
  { tool, recipient }: Encryption,
  env: NodeJS.ProcessEnv,
): AsyncGenerator<Uint8Array, void, void> {
  const child = spawn(tool, argumentsOf({ tool, recipient }), {
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = watch(child, tool);
  const fed = feed(child.stdin, plain);
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

function argumentsOf({ tool, recipient }: Encryption): readonly string[] {
  return tool === "age"
    ? ["--encrypt", "--recipient", recipient]
    : ["--batch", "--no-tty", "--encrypt", "--recipient", recipient, "--output", "-"];
}

/** Resolves when the program ended with 0. */
async function watch(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  tool: string,
): Promise<void> {
  let message = "";
  child.stderr.on("data", (chunk: Buffer) => {
    message = `${message}${chunk.toString()}`.slice(0, MESSAGE_MAX_CHARACTERS);
  });
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
    (resolve, reject) => {
      child.once("error", (cause: NodeJS.ErrnoException) => {
        const reason = cause.code === "ENOENT" ? "is not installed" : "can't be run";
        reject(new EncryptionError(`${tool} ${reason}: ${cause.message}`, { cause }));
      });
      child.once("close", (code, signal) => resolve({ code, signal }));
    },
  );
  if (code !== 0) {
    const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
    throw new EncryptionError(`${tool} ${how}: ${message.trim() || "it gave no reason"}`);
  }
}

async function feed(stdin: Writable, plain: AsyncIterable<Uint8Array>): Promise<void> {
  // A program that ends early closes its input; its status tells why.
  let isClosed = false;
  stdin.on("error", () => {
    isClosed = true;
  });
  for await (const chunk of plain) {
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
