/** Tells whether anything was written to the metadata of a running service. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/** What a job or a message does on its own account is over after it was quiet for so long. */
const QUIET_MS = 50;
const QUIET_BOUND_MS = 10_000;

export interface ChangeWatch {
  /** A number that differs after any commit of the service. */
  version(): number;
  /** Waits until the service writes nothing of its own accord. */
  settle(): Promise<void>;
  close(): void;
}

/** SQLite counts the commits of other connections. */
export function watchChanges(dataDir: string): ChangeWatch {
  const database = new DatabaseSync(join(dataDir, "metadata.db"), { readOnly: true });
  const statement = database.prepare("PRAGMA data_version");
  const version = () => Number(statement.get()?.["data_version"]);
  return {
    version,
    settle: async () => {
      const deadline = performance.now() + QUIET_BOUND_MS;
      let seen = version();
      let quietSince = performance.now();
      while (performance.now() < deadline && performance.now() - quietSince < QUIET_MS) {
        await sleep(10);
        if (version() !== seen) {
          seen = version();
          quietSince = performance.now();
        }
      }
    },
    close: () => database.close(),
  };
}
