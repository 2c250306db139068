/** Finds the operation that a method, path and query name, by the table. */

import type { ServiceError } from "../domain/errors.ts";
import { badRequest, invalidParameter, missingParameter } from "../domain/errors.ts";
import { type OperationName, operationNames, operations } from "./operations.ts";

/** Query parameters: decoded, first value of each name. */
export type Query = ReadonlyMap<string, string>;

export interface Route {
  readonly operation: OperationName;
  /** Values of the path's parameters, percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly operation: OperationName;
  readonly method: string;
  readonly segments: readonly string[];
  /** The value that the query parameter `operation` must have, for the two tag operations. */
  readonly operationQuery: string | undefined;
}

const patterns: readonly Pattern[] = operationNames.map((operation) => {
  const { method, path } = operations[operation];
  const [plain = "", query] = path.split("?operation=");
  return { operation, method, segments: plain.split("/").slice(1), operationQuery: query };
});

/** Patterns by method and number of segments, each list in the table's order. */
const patternsOfShape = Map.groupBy(patterns, ({ method, segments }) => shapeOf(method, segments));

function shapeOf(method: string, segments: readonly string[]): string {
  return `${method} ${segments.length}`;
}

/**
 * The route of a request, or the error to answer with: `BadRequest` for an unknown path or method
 * (contract §1.1), a parameter error when the query does not say which tag operation is meant (§2.8).
 * `segments` are the decoded segments of the path after its leading slash.
 */
export function findRoute(
  method: string,
  segments: readonly string[],
  query: Query,
): Route | ServiceError {
  const candidates = (patternsOfShape.get(shapeOf(method, segments)) ?? []).filter((pattern) =>
    matches(pattern.segments, segments),
  );
  const [first] = candidates;
  if (first === undefined) {
    return badRequest(`No operation has the method ${method} and the path /${segments.join("/")}`);
  }
  const wanted = query.get("operation");
  const chosen = candidates.find((pattern) => (pattern.operationQuery ?? wanted) === wanted);
  if (chosen === undefined) {
    const allowed = candidates.map((pattern) => pattern.operationQuery).join(" or ");
    return wanted === undefined
      ? missingParameter("operation")
      : invalidParameter(`Invalid operation: ${wanted}. The query parameter must be ${allowed}.`);
  }
  return { operation: chosen.operation, parameters: parametersOf(chosen.segments, segments) };
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.every((part, index) =>
    part.startsWith("{") ? segments[index] !== "" : part === segments[index],
  );
}

function parametersOf(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith("{")) {
      parameters[part.slice(1, -1)] = segments[index] ?? "";
    }
  }
  return parameters;
}
