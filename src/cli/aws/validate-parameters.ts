/** Whether an operation's input can hold the parameters, in the words of botocore. */
import type { OperationName } from "../../protocol/operations.ts";
import type { JsonValue } from "../../std/json.ts";
import { orderMembers, requiredMembers } from "./aws-model.ts";
import { validationFailure } from "./errors-and-exit-codes.ts";
import { inputMembers, plainShape, type Shape } from "./operation-shape.ts";
import { BodyFile } from "./param-value.ts";
import { formatPythonText, formatPythonType, isList, isObject } from "./python-text.ts";

interface Place {
  /** As messages show it: `Policy.Rules[0]`. */
  readonly shown: string;
  /** Without indices, as the tables of the model have it. */
  readonly path: string;
}

/** Throws a `CommandFailure` that lists every problem. */
export function validateParameters(
  operation: OperationName,
  parameters: Readonly<Record<string, unknown>>,
): void {
  const members = inputMembers(operation);
  const problems = [
    ...checkMembers(
      parameters,
      new Map(members.map(({ name, shape }) => [name, shape])),
      members.filter(({ required }) => required).map(({ name }) => name),
      { shown: "", path: "" },
    ),
  ];
  if (problems.length > 0) {
    throw validationFailure(problems);
  }
}

function* checkMembers(
  value: Readonly<Record<string, unknown>>,
  shapes: ReadonlyMap<string, Shape>,
  required: readonly string[],
  place: Place,
): Generator<string> {
  const where = place.shown === "" ? "input" : place.shown;
  for (const name of required) {
    if (!(name in value)) {
      yield `Missing required parameter in ${where}: "${name}"`;
    }
  }
  for (const name of Object.keys(value)) {
    if (!shapes.has(name)) {
      const known = [...shapes.keys()].join(", ");
      yield `Unknown parameter in ${where}: "${name}", must be one of: ${known}`;
    }
  }
  for (const [name, member] of Object.entries(value)) {
    const shape = shapes.get(name);
    if (shape !== undefined) {
      yield* check(member as JsonValue, shape, within(place, name));
    }
  }
}

function* check(value: JsonValue, shape: Shape, place: Place): Generator<string> {
  const plain = plainShape(shape);
  switch (plain.kind) {
    case "structure":
      if (isObject(value)) {
        const names = orderMembers(Object.keys(plain.members));
        const shapes = names.map((name) => [name, plain.members[name] ?? plain] as const);
        yield* checkMembers(value, new Map(shapes), requiredMembers(place.path), place);
        return;
      }
      break;
    case "list":
      if (isList(value)) {
        for (const [index, item] of value.entries()) {
          yield* check(item, plain.item, { ...place, shown: `${place.shown}[${index}]` });
        }
        return;
      }
      break;
    case "map":
      if (isObject(value)) {
        for (const [key, item] of Object.entries(value)) {
          yield* check(item ?? null, plain.value, within(place, key));
        }
        return;
      }
      break;
    default:
      if (isScalar(value, plain)) {
        return;
      }
  }
  yield `Invalid type for parameter ${place.shown}, value: ${formatPythonText(value)}, ` +
    `type: ${formatPythonType(value)}, valid types: ${validTypes(plain)}`;
}

function isScalar(value: unknown, shape: Shape): boolean {
  switch (shape.kind) {
    case "integer":
      return typeof value === "bigint" || Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "bytes":
      return value instanceof BodyFile || value instanceof Uint8Array || typeof value === "string";
    default:
      return typeof value === "string";
  }
}

function validTypes(shape: Shape): string {
  switch (shape.kind) {
    case "structure":
    case "map":
      return "<class 'dict'>";
    case "list":
      return "<class 'list'>, <class 'tuple'>";
    case "integer":
      return "<class 'int'>";
    case "boolean":
      return "<class 'bool'>";
    case "bytes":
      return "<class 'bytes'>, <class 'bytearray'>, file-like object";
    default:
      return "<class 'str'>";
  }
}

function within(place: Place, name: string): Place {
  const join = (before: string) => (before === "" ? name : `${before}.${name}`);
  return { shown: join(place.shown), path: join(place.path) };
}
