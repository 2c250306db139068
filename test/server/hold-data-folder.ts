/** Holds the data folder named by its argument until it is killed; used by data-folder.test.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import { openDataFolder } from "../../src/server/data-folder.ts";

// The result is dropped on purpose: the lock has to outlive it, through garbage collections too.
await openDataFolder(process.argv[2] ?? "");
for (let round = 0; round < 3; round += 1) {
  await sleep(20);
  globalThis.gc?.();
}
process.stdout.write("held\n");
setInterval(() => {}, 1000);
