import { MESSAGE_MAX_BYTES, SUBJECT_MAX_CHARACTERS } from "../../domain/limits.ts";
import type { ActionInput } from "../../protocol/query/query-service.ts";
import type { SnsAction } from "../../protocol/query/sns.ts";
import { utf8Bytes } from "../../std/bytes.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getTopic } from "../owned-topic.ts";
import { invalidTopicParameter } from "../topic-errors.ts";

type Input = ActionInput<SnsAction<"Publish">>;

/** Puts a message into the outbox; its id is the one that subscribers get. */
export const publish: ManagementHandler<SnsAction<"Publish">> = async (input, call, services) => {
  refuseUnsupported(input);
  const text = parseMessage(input.Message);
  const subject = parseSubject(input.Subject);
  const arn = input.TopicArn ?? input.TargetArn;
  const topic = await getTopic(services.metadata.topics, arn, "Publish", call);
  const messageId = services.ids.uuid();
  await services.metadata.outbox.insert({
    messageId,
    accountId: call.accountId,
    topicArn: topic.topicArn,
    subject,
    text,
    publishedAtMs: services.clock.nowMs(),
  });
  services.messaging.wakeDispatcher();
  return { MessageId: messageId };
};

function refuseUnsupported(input: Input): void {
  if (input.PhoneNumber !== undefined) {
    throw invalidTopicParameter("PhoneNumber Reason: Messages go to topics only");
  }
  if (input.MessageStructure !== undefined) {
    throw invalidTopicParameter("MessageStructure Reason: Every subscriber gets the same message");
  }
  if ((input.MessageAttributes?.size ?? 0) > 0) {
    throw invalidTopicParameter("MessageAttributes Reason: Message attributes are not supported");
  }
}

function parseMessage(text = ""): string {
  if (text === "") {
    throw invalidTopicParameter("Empty message");
  }
  if (utf8Bytes(text).length > MESSAGE_MAX_BYTES) {
    throw invalidTopicParameter(`Message too long: at most ${MESSAGE_MAX_BYTES} bytes`);
  }
  return text;
}

/** Printable ASCII that begins with no space (SNS, Publish). */
function parseSubject(text: string | undefined): string | undefined {
  const fits =
    text === undefined || (text.length <= SUBJECT_MAX_CHARACTERS && /^[!-~][ -~]*$/.test(text));
  if (!fits) {
    throw invalidTopicParameter(
      `Subject Reason: 1 to ${SUBJECT_MAX_CHARACTERS} printable ASCII characters, no space in front`,
    );
  }
  return text;
}
