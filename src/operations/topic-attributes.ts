/** Attributes of topics that can be set. */
import { DISPLAY_NAME_MAX_CHARACTERS } from "../domain/limits.ts";
import type { SignatureVersion, Topic } from "../domain/topic.ts";
import { invalidTopicParameter } from "./topic-errors.ts";

export type TopicAttributes = Pick<Topic, "displayName" | "signatureVersion">;

export const TOPIC_DEFAULTS: TopicAttributes = { displayName: "", signatureVersion: "1" };

/** `attributes` with one of them set. Throws `ManagementError` `InvalidParameter`. */
export function setTopicAttribute(
  attributes: TopicAttributes,
  name: string,
  value: string,
): TopicAttributes {
  switch (name) {
    case "DisplayName":
      return { ...attributes, displayName: parseDisplayName(value) };
    case "SignatureVersion":
      return { ...attributes, signatureVersion: parseSignatureVersion(value) };
    default:
      throw invalidTopicParameter(
        `AttributeName Reason: ${name} is not supported; DisplayName and SignatureVersion are`,
      );
  }
}

function parseDisplayName(text: string): string {
  if (text.length > DISPLAY_NAME_MAX_CHARACTERS || /\p{Cc}/u.test(text)) {
    throw invalidTopicParameter(
      `DisplayName Reason: At most ${DISPLAY_NAME_MAX_CHARACTERS} characters, no control characters`,
    );
  }
  return text;
}

function parseSignatureVersion(text: string): SignatureVersion {
  if (text !== "1" && text !== "2") {
    throw invalidTopicParameter(`SignatureVersion Reason: Must be 1 or 2; got ${text}`);
  }
  return text;
}
