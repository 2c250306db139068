/** Asking before something is destroyed. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Session } from "./session.ts";
import { usageFailure } from "./verb-failure.ts";

/**
 * Returns when `--yes` was given or the person at the terminal typed `word`. Throws a usage `VerbFailure`
 * otherwise. `what` tells count and bytes, as "Deletes 12 archives (4.2 GiB) of the vault photos".
 */
export async function confirmDestruction(
  session: Session,
  { what, word }: { readonly what: string; readonly word: string },
): Promise<void> {
  const { flags, terminal } = session;
  if (flags.yes) {
    return;
  }
  if (terminal.isInteractive !== true) {
    throw usageFailure(`${what}. Give --yes to do it, or --dry-run to see what it would do.`);
  }
  terminal.stderr(`${what}. Type ${word} to go on: `);
  if ((await readLine(session)).trim() !== word) {
    throw usageFailure(`that was not ${word}: nothing was done`);
  }
}

async function readLine({ signal }: Session): Promise<string> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    const [line] = await Promise.race([
      once(lines, "line", { signal }),
      once(lines, "close", { signal }).then(() => [""]),
    ]);
    return String(line);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
