/** A process that opens a journal, says so, and keeps it until it is killed. */
import { openJournalAt } from "../open-journal.ts";

const [path = "", vaultArn = ""] = process.argv.slice(2);
const reporter = { failed: () => undefined };
await openJournalAt({ path, vaultArn, vaultName: "family", reporter });
process.send?.("held");
setInterval(() => undefined, 1000);
