/** URLs of queues: `<endpoint>/<account>/<name>`. Only the two last segments say which queue is meant. */
import type { AccountId } from "../domain/ids.ts";
import { isQueueName, type Queue, type QueueKey } from "../domain/queue.ts";
import type { QueueStore } from "../ports/queue-store.ts";
import type { ManagementCall } from "./management-handler.ts";
import { missingQueueParameter, notQueueOwner, queueNotFound } from "./queue-errors.ts";

/** The URL under the endpoint that the client used. */
export function formatQueueUrl(
  { accountId, name }: Pick<QueueKey, "accountId" | "name">,
  { endpoint }: Pick<ManagementCall, "endpoint">,
): string {
  return `${endpoint}/${accountId}/${name}`;
}

/** Account and name in a URL, a path or a bare name; `undefined` when it can't be a queue's. */
export function findQueueInUrl(
  url: string,
  call: Pick<ManagementCall, "accountId">,
): { readonly account: string; readonly name: string } | undefined {
  const match = /^(?:.*\/(\d{12})\/)?([^/]+)\/?$/.exec(url);
  const [, account = call.accountId, name = ""] = match ?? [];
  return isQueueName(name) ? { account, name } : undefined;
}

/** The caller's queue in the region. Throws `ManagementError` when it names none of them. */
export async function getQueue(
  queues: QueueStore,
  url: string | undefined,
  call: ManagementCall,
): Promise<Queue> {
  if (url === undefined || url === "") {
    throw missingQueueParameter("QueueUrl");
  }
  const named = findQueueInUrl(url, call);
  if (named === undefined) {
    throw queueNotFound();
  }
  if (named.account !== call.accountId) {
    throw notQueueOwner(url);
  }
  // It was just found to be the caller's account id.
  const accountId = named.account as AccountId;
  const queue = await queues.find({ accountId, region: call.region, name: named.name });
  if (queue === undefined) {
    throw queueNotFound();
  }
  return queue;
}
