/** Encryption by a program of the user's: bytes go through a pipe, and no key is ever seen here. */
import { InvalidArgumentError } from "commander";
import { pipeThrough } from "./pipe-through.ts";

const TOOLS = ["age", "gpg"] as const;

export interface Encryption {
  /** The program, and the `enc` of descriptions. */
  readonly tool: (typeof TOOLS)[number];
  readonly recipient: string;
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

/** The encrypted bytes of `plain`. Throws as `pipeThrough`. */
export function encrypt(
  plain: AsyncIterable<Uint8Array>,
  { tool, recipient }: Encryption,
  env: NodeJS.ProcessEnv,
): AsyncGenerator<Uint8Array, void, void> {
  return pipeThrough(plain, { program: tool, words: argumentsOf({ tool, recipient }), env });
}

function argumentsOf({ tool, recipient }: Encryption): readonly string[] {
  return tool === "age"
    ? ["--encrypt", "--recipient", recipient]
    : ["--batch", "--no-tty", "--encrypt", "--recipient", recipient, "--output", "-"];
}
