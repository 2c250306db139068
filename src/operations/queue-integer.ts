/** Numbers in requests of `sqs`. */
import { invalidQueueParameter } from "./queue-errors.ts";

/** The number, or `otherwise` when it is absent. Throws `ManagementError` `InvalidParameterValue`. */
export function parseQueueInteger(
  value: number | bigint | undefined,
  rule: {
    readonly name: string;
    readonly min: number;
    readonly max: number;
    readonly otherwise: number;
  },
): number {
  const { name, min, max, otherwise } = rule;
  const number = Number(value ?? otherwise);
  if (number < min || number > max) {
    throw invalidQueueParameter(
      `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${min} and ${max}, if provided.`,
    );
  }
  return number;
}
