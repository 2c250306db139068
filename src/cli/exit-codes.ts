/** Exit statuses of the command line; `moraine glacier` has those of the AWS CLI instead. */
export const EXIT = {
  ok: 0,
  /** Some items failed, or the service ended with an error. */
  failed: 1,
  /** Wrong flags, arguments or settings; nothing was started. */
  usage: 2,
  /** No credentials where they are looked for. */
  noCredentials: 3,
  /** The service can't be reached, or failed to answer. */
  unreachable: 4,
  /** What is stored, or was restored, is not what it should be. */
  integrity: 5,
} as const;
