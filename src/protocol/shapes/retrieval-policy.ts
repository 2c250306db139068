/** Shapes of the two data retrieval policy operations. */
import { body } from "../fields.ts";
import { integer, list, omittable, oneOf, structure } from "../schema.ts";
import { accountPath } from "./vault.ts";

const retrievalPolicy = structure({
  Rules: list(
    structure({
      BytesPerHour: omittable(integer),
      Strategy: oneOf(["BytesPerHour", "FreeTier", "None"]),
    }),
  ),
});

export const setDataRetrievalPolicy = {
  input: { ...accountPath, Policy: body("Policy", retrievalPolicy) },
  output: {},
} as const;

export const getDataRetrievalPolicy = {
  input: accountPath,
  output: { Policy: body("Policy", retrievalPolicy) },
} as const;
