import type { AccountId } from "../domain/ids.ts";
import type { RetrievalPolicy } from "../domain/retrieval-policy.ts";

/** An account in a region, which has a data retrieval policy of its own. */
export interface RetrievalOwner {
  readonly accountId: AccountId;
  readonly region: string;
}

/** Data retrieval policies, and the retrievals that they count (contract §2.30, §6.1). */
export interface RetrievalStore {
  findPolicy(owner: RetrievalOwner): Promise<RetrievalPolicy | undefined>;
  /**
   * Like `findPolicy`, locked until the transaction ends, so that two jobs are never measured against the
   * same load; only inside a transaction.
   */
  lockPolicy(owner: RetrievalOwner): Promise<RetrievalPolicy | undefined>;
  setPolicy(owner: RetrievalOwner, policy: RetrievalPolicy): Promise<void>;
  /** Sum of the hourly rates of the Standard archive retrievals in progress. */
  sumHourlyRates(owner: RetrievalOwner): Promise<bigint>;
  /** Bytes of the Standard archive retrievals begun on the UTC day `day` (`2026-01-31`); 0 when none. */
  findBytesOfDay(owner: RetrievalOwner, day: string): Promise<bigint>;
  /** Adds to the bytes of `day` and forgets the days before it. */
  addBytesOfDay(owner: RetrievalOwner, day: string, bytes: number): Promise<void>;
  /** Expedited archive retrievals in progress in any region. */
  countExpedited(accountId: AccountId): Promise<number>;
}
