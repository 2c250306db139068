/** Members of an operation's input and output with their schemas, wherever on the wire they travel. */
import type { Field, Fields } from "../../protocol/fields.ts";
import { type OperationName, operations } from "../../protocol/operations.ts";
import type { Schema } from "../../protocol/schema.ts";
import { orderMembers } from "./aws-model.ts";

/** What a member holds; `bytes` is a body. */
export type Shape = Schema | { readonly kind: "bytes" };

export interface Member {
  readonly name: string;
  readonly shape: Shape;
  /** A part of the path, without which there is no request. */
  readonly required: boolean;
}

/** The members of the operation's input, in the AWS CLI's order. */
export function inputMembers(operation: OperationName): readonly Member[] {
  return membersOf(operations[operation].input);
}

/** The members of the operation's output, in the AWS CLI's order. */
export function outputMembers(operation: OperationName): readonly Member[] {
  return membersOf(operations[operation].output);
}

/** The schema itself, whether or not answers may leave its value out. */
export function plainShape(shape: Shape): Exclude<Shape, { readonly kind: "omittable" }> {
  return shape.kind === "omittable" ? plainShape(shape.of) : shape;
}

function membersOf(fields: Fields): readonly Member[] {
  return orderMembers(Object.keys(fields)).flatMap((name) => {
    const field = fields[name];
    return field === undefined
      ? []
      : [{ name, shape: shapeOf(field), required: field.in === "path" }];
  });
}

function shapeOf(field: Field): Shape {
  switch (field.in) {
    case "body":
    case "payload":
      return field.schema;
    case "stream":
      return { kind: "bytes" };
    case "status":
      return { kind: "integer" };
    case "path":
    case "query":
    case "header":
      return { kind: "string" };
  }
}
