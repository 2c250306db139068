/** Publishes to the topics of an SNS-compatible service. */
export interface TopicPublisher {
  /** Resolves when the service has taken the message; throws what it said otherwise. */
  publish(
    message: {
      readonly topicArn: string;
      readonly subject: string | undefined;
      readonly text: string;
    },
    signal: AbortSignal,
  ): Promise<void>;
}
