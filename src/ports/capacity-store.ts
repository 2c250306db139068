import type { AccountId } from "../domain/ids.ts";
import type { CapacityUnit } from "../domain/provisioned-capacity.ts";

/** Units of provisioned capacity, per account (contract §2.32, §2.33). */
export interface CapacityStore {
  /** Adds a unit and forgets those of the account that have expired when it starts. */
  insert(accountId: AccountId, unit: CapacityUnit): Promise<void>;
  /** Units that have not expired, newest first. */
  listUnexpired(accountId: AccountId, nowMs: number): Promise<readonly CapacityUnit[]>;
}
