/** `moraine ls`: lists vaults, or the archives of a vault by the names of their files. */
import { listPages } from "../../client/paginate.ts";
import { EXIT } from "../exit-codes.ts";
import type { Session } from "../session/session.ts";
import { createVerb } from "../session/verb.ts";
import { formatCount, formatSize } from "../units.ts";

const EXAMPLES = `
Examples:
  moraine ls
`;

export const ls = createVerb("ls", (command, { withSession }) => {
  command
    .description("List vaults, or the archives of a vault by the names of their files.")
    .addHelpText("after", EXAMPLES);
  withSession(command, async (session) => {
    await listVaults(session);
    return EXIT.ok;
  });
});

async function listVaults({ call, accountId, reporter }: Session): Promise<void> {
  for await (const { output } of listPages(call, "ListVaults", { accountId })) {
    for (const vault of output.VaultList ?? []) {
      const { VaultName = "", NumberOfArchives = 0, SizeInBytes = 0 } = vault;
      const size = formatSize(Number(SizeInBytes));
      reporter.data(
        { event: "vault", ...vault },
        `${size.padStart(10)}  ${formatCount(Number(NumberOfArchives), "archive").padStart(16)}  ${VaultName}`,
      );
    }
  }
}
