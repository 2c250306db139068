import type { AccountId } from "../domain/ids.ts";

/** Makes ids and secrets of identities that nobody can guess, in the forms of contract §0 H. */
export interface IdentitySource {
  /** 12 digits, the first of them not 0. */
  accountId(): AccountId;
  /** `AIDA` and 17 of `[A-Z2-7]`. */
  userId(): string;
  /** 20 of `[A-Z2-7]`. */
  accessKeyId(): string;
  /** 40 printable characters. */
  secretAccessKey(): string;
}
