import { badRequest } from "../domain/errors.ts";
import type { OperationName } from "../protocol/operations.ts";
import type { Handler } from "./handler.ts";

/** A handler that refuses every request: the operation is in the table, this version does not perform it. */
export function notAvailable<N extends OperationName>(name: N): Handler<N> {
  return async () => {
    throw badRequest(`The operation ${name} is not available in this version of Moraine.`);
  };
}
