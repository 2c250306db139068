/** The commands of `moraine glacier`, named after the operations: `DescribeVault` is `describe-vault`. */
import { type OperationName, operationNames } from "../../protocol/operations.ts";

/** `wait` polls this operation. */
export const WAITED_OPERATION = "DescribeVault" satisfies OperationName;

/** The conditions that `wait` knows (contract §7.4). */
export const WAITERS = ["vault-exists", "vault-not-exists"] as const;
export type Waiter = (typeof WAITERS)[number];

/** A name of the API in the spelling of the command line: `vaultNotificationConfig` -> `vault-…-config`. */
export function formatKebabCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}

/** The operations' commands, alphabetically as the AWS CLI lists them. */
export const operationCommands: readonly string[] = operationNames.map(formatKebabCase).sort();

/** Every word that may follow `moraine glacier`. */
export const commandNames: readonly string[] = [...operationCommands, "wait", "help"];

/** The operation behind `command`. */
export function findOperation(command: string): OperationName | undefined {
  return operationNames.find((name) => formatKebabCase(name) === command);
}
