import type {
  AccessKeyStatus,
  Account,
  KeyOwner,
  PolicyName,
  StoredAccessKey,
  User,
  UserKey,
  UserPolicy,
} from "../domain/identity.ts";
import type { AccountId } from "../domain/ids.ts";

/**
 * Accounts, their users, and the keys and policies of these. Like every store of a session, each call is
 * atomic by itself outside a transaction. Secrets come and go sealed; nothing here can open them.
 */
export interface IdentityStore {
  /** Adds an account; its id must be free (the primary key decides). */
  insertAccount(account: Account): Promise<void>;
  findAccount(accountId: AccountId): Promise<Account | undefined>;
  /** The account, locked against other transactions until this one ends; only inside a transaction. */
  lockAccount(accountId: AccountId): Promise<Account | undefined>;
  /** By id, from `fromAccountId` (inclusive) on. */
  listAccountsPage(page: {
    readonly fromAccountId: AccountId | undefined;
    readonly limit: number;
  }): Promise<readonly Account[]>;

  /** Adds a user; its account must exist and its name be free in any letter case (an index decides). */
  insertUser(user: User): Promise<void>;
  /** The user of exactly this name. */
  findUser(key: UserKey): Promise<User | undefined>;
  /** Like `findUser`, locked until the transaction ends; only inside a transaction. */
  lockUser(key: UserKey): Promise<User | undefined>;
  /** Whether the account has a user of this name in any letter case. */
  isUserNameTaken(key: UserKey): Promise<boolean>;
  countUsers(accountId: AccountId): Promise<number>;
  /** In ASCII order of names, from `fromName` (inclusive) on, those whose path begins with `pathPrefix`. */
  listUsersPage(page: {
    readonly accountId: AccountId;
    readonly pathPrefix: string;
    readonly fromName: string | undefined;
    readonly limit: number;
  }): Promise<readonly User[]>;
  /** Removes a user that has neither keys nor policies left (foreign keys refuse any other). */
  removeUser(userId: string): Promise<void>;

  /** Adds a key; its id must be free, its account and user must exist. */
  insertAccessKey(key: StoredAccessKey): Promise<void>;
  /** The key with the user it belongs to; `user` is `undefined` for a key of the root. */
  findAccessKey(
    accessKeyId: string,
  ): Promise<{ readonly key: StoredAccessKey; readonly user: User | undefined } | undefined>;
  /** All keys of the owner, oldest first. */
  listAccessKeys(owner: KeyOwner): Promise<readonly StoredAccessKey[]>;
  setAccessKeyStatus(accessKeyId: string, status: AccessKeyStatus): Promise<void>;
  removeAccessKey(accessKeyId: string): Promise<void>;

  /** Stores a policy of the user, replacing one of the same name. */
  putUserPolicy(userId: string, policy: UserPolicy): Promise<void>;
  /** All policies of the user by name; the limit of their size bounds the answer. */
  listUserPolicies(userId: string): Promise<readonly UserPolicy[]>;
  removeUserPolicy(userId: string, policyName: PolicyName): Promise<void>;

  /** A known text sealed with the key that all secrets here are sealed with; `undefined` at first. */
  findSealedCheck(): Promise<Uint8Array | undefined>;
  /** Stores the check; only once. */
  insertSealedCheck(sealed: Uint8Array): Promise<void>;
}
