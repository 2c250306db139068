/** What a policy's Resource is matched against when `sqs` is asked to act on the queue of a URL. */
import { formatQueueArn } from "../domain/queue.ts";
import type { ManagementCall } from "./management-handler.ts";
import { findQueueInUrl } from "./queue-url.ts";

/** The queue's ARN; `undefined` for requests without a URL. The account in the URL is checked later. */
export async function findQueueResource(
  { input }: { readonly input: { readonly [member: string]: unknown } },
  call: ManagementCall,
): Promise<string | undefined> {
  const { QueueUrl } = input;
  const named = typeof QueueUrl === "string" ? findQueueInUrl(QueueUrl, call) : undefined;
  return named && formatQueueArn({ ...call, name: named.name });
}
