/**
 * Sends messages to URLs that users named. An implementation connects only to addresses it allows, follows
 * no redirects, and bounds time and size of the answer.
 */
export interface HttpSender {
  /**
   * Posts `body` and resolves with the status of the answer. Throws when there was none: no such host, an
   * address that is not allowed, no connection, no answer in time, or `signal` aborted.
   */
  post(
    url: string,
    message: {
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: string;
    },
    signal: AbortSignal,
  ): Promise<number>;
}
