/** Names of the topics that notifications go to (contract §2.5). */
import { invalidParameter } from "./errors.ts";
import { TOPIC_NAME_MAX_CHARACTERS } from "./limits.ts";

const topicPattern = new RegExp(
  `^arn:[a-z0-9-]+:sns:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,${TOPIC_NAME_MAX_CHARACTERS}}$`,
);

/**
 * The ARN of an SNS topic as it stands, `undefined` when absent. Only its shape is checked, never whether
 * the topic exists. Throws `InvalidParameterValueException`.
 */
export function parseSnsTopic(text: string | undefined): string | undefined {
  if (text !== undefined && !topicPattern.test(text)) {
    throw invalidParameter(
      `Invalid SNS topic ARN: ${text}. It must have the form arn:aws:sns:<region>:<account>:<name>.`,
    );
  }
  return text;
}
