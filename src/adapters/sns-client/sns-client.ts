/** Publishes to an SNS-compatible service with the SDK, which is loaded with the first message. */
import type { SNSClient } from "@aws-sdk/client-sns";
import type { TopicPublisher } from "../../ports/topic-publisher.ts";

/** One message, retries included; the dispatcher has retries of its own. */
const PUBLISH_MAX_MS = 10_000;

/**
 * A publisher to the service at `endpoint`. Credentials come from where the SDK finds them (environment, shared
 * files, instance). The region is that of the topic. Throws what the service or the SDK says.
 */
export function createSnsPublisher({ endpoint }: { readonly endpoint: string }): TopicPublisher {
  const clients = new Map<string, Promise<SNSClient>>();
  const openClient = async (region: string): Promise<SNSClient> => {
    const sdk = await import("@aws-sdk/client-sns");
    return new sdk.SNSClient({ endpoint, region, maxAttempts: 1 });
  };
  return {
    async publish({ topicArn, subject, text }, signal) {
      const region = topicArn.split(":")[3] ?? "us-east-1";
      const opened = clients.get(region) ?? openClient(region);
      clients.set(region, opened);
      const client = await opened;
      const { PublishCommand } = await import("@aws-sdk/client-sns");
      const message = { TopicArn: topicArn, Message: text };
      await client.send(
        new PublishCommand(subject === undefined ? message : { ...message, Subject: subject }),
        { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(PUBLISH_MAX_MS)]) },
      );
    },
  };
}
