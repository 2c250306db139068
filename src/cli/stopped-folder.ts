/**
 * The verbs that work on a data folder which no service uses. Beside `serve`, the one place that loads parts of the
 * server: reading what a service keeps takes its own code, and only when `--data-dir` asks for it.
 */

import { EXIT } from "./exit-codes.ts";
import { VerbFailure } from "./session/verb-failure.ts";

export type StoppedFolder = Awaited<ReturnType<typeof loadStoppedFolder>>;

/** Loads the server's part. */
export function loadStoppedFolder() {
  return import("../server/operator/stopped-folder.ts");
}

/** Runs `work` with the loaded verbs; what can't be done is a `VerbFailure`. */
export async function withStoppedFolder<T>(
  load: () => Promise<StoppedFolder>,
  work: (verbs: StoppedFolder) => Promise<T>,
): Promise<T> {
  const verbs = await load();
  try {
    return await work(verbs);
  } catch (error) {
    if (error instanceof verbs.StoppedFolderError) {
      throw new VerbFailure(EXIT.failed, error.message, { cause: error });
    }
    throw error;
  }
}
