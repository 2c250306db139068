import { parseRetrievalPolicy } from "../../domain/retrieval-policy.ts";
import type { Handler } from "../handler.ts";

/** Sets the data retrieval policy of the account in the region, for jobs initiated later (contract §2.30). */
export const setDataRetrievalPolicy: Handler<"SetDataRetrievalPolicy"> = async (
  input,
  { accountId, region },
  services,
) => {
  const policy = parseRetrievalPolicy(input.Policy);
  await services.metadata.retrievals.setPolicy({ accountId, region }, policy);
  return {};
};
