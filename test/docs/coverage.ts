/** The coverage map: which kinds of cases each operation has. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type OperationName, operationNames } from "../../src/protocol/operations.ts";
import { POLICY_CALLS } from "../http/policy-calls.ts";

const repository = resolve(import.meta.dirname, "../..");
const wireFolder = join(repository, "test/wire");

/** One kind of case that every operation must have. */
export interface CoverageKind {
  readonly name: string;
  /** What is missing when an operation has none, for the list of holes. */
  readonly hole: (operation: OperationName) => string;
  readonly has: (operation: OperationName) => boolean;
  /** Why the kind is not asked for yet, of all operations or of one; `undefined` when it is. */
  readonly excuse: (operation: OperationName) => string | undefined;
}

/** The kinds; one that is not required says why, and becomes required with the change that ends the reason. */
export const coverageKinds: readonly CoverageKind[] = [
  {
    name: "wire success case",
    hole: (operation) => `test/wire/${kebabCase(operation)}/success*.http`,
    has: (operation) => hasCase(operation, "success"),
    excuse: () => undefined,
  },
  {
    name: "wire error case",
    hole: (operation) => `test/wire/${kebabCase(operation)}/error*.http`,
    has: (operation) => hasCase(operation, "error"),
    excuse: () => undefined,
  },
  {
    name: "policy case",
    hole: (operation) => `test/http/policy-calls.ts: ${operation}`,
    has: (operation) => Object.hasOwn(POLICY_CALLS, operation),
    excuse: () => undefined,
  },
  {
    name: "command line case",
    hole: (operation) => `test/cli/${kebabCase(operation)}*`,
    has: (operation) => hasFile("test/cli", operation),
    excuse: () => "moraine has no commands for operations",
  },
  {
    name: "reference page",
    hole: (operation) => `docs/reference/operations/${kebabCase(operation)}.md`,
    has: (operation) => hasFile("docs/reference/operations", operation),
    excuse: () => "the reference pages are not derived from the table",
  },
];

/** What is missing, a line each, sorted as the table. */
export function listHoles(kinds: readonly CoverageKind[] = coverageKinds): readonly string[] {
  return operationNames.flatMap((operation) =>
    kinds
      .filter((kind) => !kind.has(operation) && kind.excuse(operation) === undefined)
      .map((kind) => `${operation} has no ${kind.name}: ${kind.hole(operation)}`),
  );
}

/** `CreateVault` as `create-vault`. */
export function kebabCase(operation: OperationName): string {
  return operation.replace(/(?<!^)([A-Z])/g, "-$1").toLowerCase();
}

/** Folders of fixtures that belong to no operation. */
export function listStrayFolders(): readonly string[] {
  const known = new Set(operationNames.map(kebabCase));
  return readdirSync(wireFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !known.has(entry.name))
    .map((entry) => entry.name);
}

function hasCase(operation: OperationName, prefix: string): boolean {
  const folder = join(wireFolder, kebabCase(operation));
  return (
    existsSync(folder) &&
    readdirSync(folder).some((name) => name.startsWith(prefix) && name.endsWith(".http"))
  );
}

/** Whether a file in `folder` is called after the operation. */
function hasFile(folder: string, operation: OperationName): boolean {
  const path = join(repository, folder);
  const named = new RegExp(`^${kebabCase(operation)}(?:\\.|-success|-error)`);
  return existsSync(path) && readdirSync(path).some((name) => named.test(name));
}
