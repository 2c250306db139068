/** What an operation prints: the members that the AWS CLI knows, in its order, without empty ones. */
import type { OperationName } from "../../protocol/operations.ts";
import type { JsonValue } from "../../std/json.ts";
import { orderMembers } from "./aws-model.ts";
import { outputMembers, plainShape, type Shape } from "./operation-shape.ts";
import type { Page } from "./pagination.ts";
import { isList, isObject } from "./python-text.ts";

/**
 * The printable members of an answer. Members that are `null` vanish; a structure stays with what it has
 * (contract §7.1). A body is not printed.
 */
export function printableAnswer(
  operation: OperationName,
  answer: Readonly<Record<string, unknown>>,
): Page {
  return Object.fromEntries(
    outputMembers(operation).flatMap(({ name, shape }) => {
      // What is no body came as JSON or as the text of a header.
      const value = shape.kind === "bytes" ? undefined : (answer[name] as JsonValue | undefined);
      return value === undefined || value === null ? [] : [[name, printable(value, shape)]];
    }),
  );
}

function printable(value: JsonValue, shape: Shape): JsonValue {
  const plain = plainShape(shape);
  if (plain.kind === "structure" && isObject(value)) {
    return Object.fromEntries(
      orderMembers(Object.keys(plain.members)).flatMap((name) => {
        const member = value[name];
        const memberShape = plain.members[name];
        return member === undefined || member === null || memberShape === undefined
          ? []
          : [[name, printable(member, memberShape)]];
      }),
    );
  }
  if (plain.kind === "list" && isList(value)) {
    return value.map((item) => printable(item, plain.item));
  }
  return typeof value === "bigint" ? Number(value) : value;
}
