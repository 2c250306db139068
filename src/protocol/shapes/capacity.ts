/** Shapes of the two provisioned capacity operations. */
import { body, header } from "../fields.ts";
import { list, string, structure, timestamp } from "../schema.ts";
import { accountPath } from "./vault.ts";

export const purchaseProvisionedCapacity = {
  input: accountPath,
  output: { capacityId: header("x-amz-capacity-id") },
} as const;

export const listProvisionedCapacity = {
  input: accountPath,
  output: {
    ProvisionedCapacityList: body(
      "ProvisionedCapacityList",
      list(structure({ CapacityId: string, ExpirationDate: timestamp, StartDate: timestamp })),
    ),
  },
} as const;
