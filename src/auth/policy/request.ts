/** What policies are asked about: who wants to do what to which resource, and under which circumstances. */

/**
 * Callers cut the only value that clients choose freely, the user agent, to this length, so that a policy of
 * thousands of patterns stays cheap to evaluate.
 */
export const USER_AGENT_MAX_CHARACTERS = 1024;

export interface PolicyRequest {
  readonly principal: PolicyPrincipal;
  /** With its service: `glacier:DeleteArchive`. */
  readonly action: string;
  readonly resourceArn: string;
  readonly resourceAccountId: string;
  /**
   * Condition keys in lower case, tag keys too (`glacier:resourcetag/legalhold`), each with its values.
   * A key that the request does not have is left out; an empty list means the same.
   */
  readonly context: ReadonlyMap<string, readonly string[]>;
}

export interface PolicyPrincipal {
  readonly accountId: string;
  /** `arn:aws:iam::<account>:root` or `arn:aws:iam::<account>:user/<name>`. */
  readonly arn: string;
  readonly isRoot: boolean;
  readonly userName?: string;
  readonly userId?: string;
}
