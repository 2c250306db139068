/** Exit statuses of the command line; `moraine glacier` has those of the AWS CLI instead. */
export const EXIT = {
  ok: 0,
  /** Some items failed, or the service ended with an error. */
  failed: 1,
  /** Wrong flags, arguments or settings; nothing was started. */
  usage: 2,
  /** No credentials, configuration or endpoint where they are looked for. */
  noCredentials: 3,
  /** The service can't be reached, or failed to answer. */
  unreachable: 4,
  /** A tree hash or a size is not the one expected; it wins over `failed`. */
  damaged: 5,
  /** A vault lock, a policy or the retrieval budget forbids it. */
  refused: 6,
  /** Queued or paused: run the same command again later. The number of sysexits' EX_TEMPFAIL. */
  later: 75,
  /** Ended by SIGINT; what was done is kept. */
  interrupted: 130,
  /** Ended by SIGTERM; what was done is kept. */
  terminated: 143,
} as const;

/** The worst of several outcomes: damage before failures, failures before what waits. */
export function worstStatus(statuses: Iterable<number>): number {
  const found = new Set(statuses);
  const order = [EXIT.damaged, EXIT.failed, EXIT.refused, EXIT.unreachable, EXIT.later];
  return order.find((status) => found.has(status)) ?? EXIT.ok;
}
