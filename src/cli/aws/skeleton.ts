/** `--generate-cli-skeleton`: an example of an operation's input or output, from its shape. */
import { stringify } from "yaml";
import type { OperationName } from "../../protocol/operations.ts";
import type { JsonValue } from "../../std/json.ts";
import { exampleString, orderMembers } from "./aws-model.ts";
import { memberSummary } from "./flag-summaries.ts";
import { inputMembers, outputMembers, plainShape, type Shape } from "./operation-shape.ts";

export type SkeletonKind = "input" | "yaml-input" | "output";

/** A printable example of the operation's answer, in which each string is its member's name. */
export function outputSkeleton(operation: OperationName): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    outputMembers(operation)
      .filter(({ shape }) => shape.kind !== "bytes")
      .map(({ name, shape }) => [name, example(shape, name, (_path, member) => member)]),
  );
}

/** The text of an example input, which `--cli-input-json` or `--cli-input-yaml` takes once filled in. */
export function formatInputSkeleton(
  operation: OperationName,
  kind: Exclude<SkeletonKind, "output">,
): string {
  const skeleton = Object.fromEntries(
    inputMembers(operation).map(({ name, shape }) => [
      name,
      example(shape, name, (path, _member, values) => exampleString(path, values)),
    ]),
  );
  return kind === "input"
    ? `${JSON.stringify(skeleton, null, 4)}\n`
    : formatYaml(operation, skeleton);
}

type StringExample = (
  path: string,
  member: string,
  values: readonly string[] | undefined,
) => string;

function example(shape: Shape, path: string, showString: StringExample): JsonValue {
  const plain = plainShape(shape);
  switch (plain.kind) {
    case "structure":
      return Object.fromEntries(
        orderMembers(Object.keys(plain.members)).flatMap((name) => {
          const member = plain.members[name];
          return member === undefined
            ? []
            : [[name, example(member, `${path}.${name}`, showString)]];
        }),
      );
    case "list":
      return [listItem(plain.item, path, showString)];
    case "map":
      return { KeyName: "" };
    case "integer":
      return 0;
    case "boolean":
      return true;
    case "bytes":
      return null;
    case "timestamp":
      return showString(path, path.slice(path.lastIndexOf(".") + 1), undefined);
    case "string":
      return showString(path, path.slice(path.lastIndexOf(".") + 1), plain.values);
  }
}

/** Items have no name; a string among them shows its type's. */
function listItem(item: Shape, path: string, showString: StringExample): JsonValue {
  return plainShape(item).kind === "string"
    ? showString(path, "string", undefined)
    : example(item, path, showString);
}

function requiredNames(operation: OperationName): readonly string[] {
  return inputMembers(operation)
    .filter(({ required }) => required)
    .map(({ name }) => name);
}

/** With a comment on each member, as the AWS CLI has it. */
function formatYaml(
  operation: OperationName,
  skeleton: Readonly<Record<string, JsonValue>>,
): string {
  const required = requiredNames(operation);
  const lines = Object.entries(skeleton).map(([name, value]) => {
    const duty = required.includes(name) ? "[REQUIRED] " : "";
    const comment = ` # ${duty}${memberSummary(operation, name)}`;
    if (value === null) {
      return `${name}: !!binary ''${comment}\n`;
    }
    const text = stringify({ [name]: value }, { singleQuote: true, indentSeq: false });
    return text.replace("\n", `${comment}\n`);
  });
  return lines.join("");
}
