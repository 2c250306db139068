/** Where the journal of a vault lies. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { EXIT } from "../exit-codes.ts";
import type { FoundVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { VerbFailure } from "../session/verb-failure.ts";

/** The names of vaults have up to 255 characters, as those of files, which need an ending. */
const NAME_MAX_CHARACTERS = 200;

/**
 * `--journal`, else `<journal_dir>/<host of the endpoint>/<account>/<region>/<vault>.jsonl`. Throws a
 * `VerbFailure` when the service names the vault in a way that makes no path.
 */
export function journalPath(session: Session, vault: FoundVault): string {
  const { flags } = session;
  if (flags.journal !== undefined) {
    return resolve(flags.journal);
  }
  const { accountId, region, vaultName, arn } = vault;
  const isSafe =
    /^\d{12}$/.test(accountId) && /^[\w-]+$/.test(region) && /^[\w.-]{1,255}$/.test(vaultName);
  if (!isSafe) {
    throw new VerbFailure(
      EXIT.unreachable,
      `the service answered with the vault ARN ${JSON.stringify(arn)}, which names no account and region`,
    );
  }
  return join(
    journalFolder(session),
    accountId,
    region,
    `${vaultName.length <= NAME_MAX_CHARACTERS ? vaultName : shorten(vaultName)}.jsonl`,
  );
}

/** The folder of all journals of the endpoint. */
export function journalFolder({ settings }: Pick<Session, "settings">): string {
  const { journalDir, endpoint } = settings;
  return resolve(journalDir.value, endpoint.value.host.replaceAll(":", "_"));
}

/** No vault's name has a tilde, so no other journal is called so. */
function shorten(vaultName: string): string {
  const hash = createHash("sha256").update(vaultName).digest("hex").slice(0, 16);
  return `${vaultName.slice(0, NAME_MAX_CHARACTERS - 17)}~${hash}`;
}
