import type { AccountId } from "../domain/ids.ts";

/** Who a request comes from, once its signature has verified. */
export interface Principal {
  readonly accountId: AccountId;
  /** `arn:aws:iam::<account>:root` for the root identity, `…:user/<path><name>` for a user. */
  readonly arn: string;
  readonly isRoot: boolean;
  /** `AIDA…` for a user; the account id for the root. */
  readonly userId: string;
  /** Absent for the root. */
  readonly userName?: string;
}

/** An access key with the identity it stands for. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principal: Principal;
}

/** Finds access keys. A key removed or deactivated is not found from the next call on. */
export interface CredentialStore {
  findAccessKey(accessKeyId: string): Promise<AccessKey | undefined>;
}
