/** A process that appends records as fast as it can and names each on standard output when it is durable. */
import { openJournalAt } from "../open-journal.ts";

const [path = "", vaultArn = "", round = ""] = process.argv.slice(2);
const reporter = { failed: () => undefined };
const journal = await openJournalAt({ path, vaultArn, vaultName: "family", reporter });
for (let index = 0; ; index += 1) {
  const archiveIds = [0, 1, 2].map((part) => `r${round}-${index}-${part}`);
  await Promise.all(
    archiveIds.map(async (archiveId) => {
      await journal.append({ op: "CREATED", atMs: index, archiveId, sizeBytes: 1, name: "ü" });
      process.stdout.write(`${archiveId}\n`);
    }),
  );
}
