import { ManagementError } from "../../domain/management-error.ts";
import { isQueueName, QUEUE_DEFAULTS, type QueueAttributes } from "../../domain/queue.ts";
import type { SqsAction } from "../../protocol/query/sqs.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { listQueueAttributes, setQueueAttributes } from "../queue-attributes.ts";
import { invalidQueueParameter } from "../queue-errors.ts";
import { formatQueueUrl } from "../queue-url.ts";

/** Makes a queue; one of that name whose attributes do not contradict is answered as it is. */
export const createQueue: ManagementHandler<SqsAction<"CreateQueue">> = async (
  input,
  call,
  { metadata, clock },
) => {
  const name = input.QueueName ?? "";
  if (!isQueueName(name)) {
    throw invalidQueueParameter(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  if ((input.tags?.size ?? 0) > 0) {
    throw invalidQueueParameter("Queues have no tags here");
  }
  const named = input.Attributes ?? new Map<string, string>();
  const attributes = setQueueAttributes(QUEUE_DEFAULTS, named);
  const { accountId, region } = call;
  const key = { accountId, region, name };
  await metadata.transaction(async (session) => {
    const existing = await session.queues.find(key);
    if (existing === undefined) {
      await session.queues.insert({ ...key, createdAtMs: clock.nowMs(), attributes });
    } else {
      checkSame(existing.attributes, named);
    }
  });
  return { QueueUrl: formatQueueUrl(key, call) };
};

function checkSame(existing: QueueAttributes, named: ReadonlyMap<string, string>): void {
  const shown = new Map(listQueueAttributes(existing));
  for (const [attribute, value] of named) {
    if ((shown.get(attribute) ?? "") !== value) {
      throw new ManagementError(
        400,
        "QueueAlreadyExists",
        `A queue already exists with the same name and a different value for attribute ${attribute}`,
      );
    }
  }
}
