import type { FoundVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
export async function purgeVault(_s: Session, _v: FoundVault): Promise<number> {
  return 1;
}
