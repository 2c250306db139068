import { DEFAULT_RETRIEVAL_POLICY } from "../../domain/retrieval-policy.ts";
import type { Handler } from "../handler.ts";

/** The data retrieval policy of the account in the region, `None` when never set (contract §2.31). */
export const getDataRetrievalPolicy: Handler<"GetDataRetrievalPolicy"> = async (
  _input,
  { accountId, region },
  services,
) => {
  const { retrievals } = services.metadata;
  const policy = (await retrievals.findPolicy({ accountId, region })) ?? DEFAULT_RETRIEVAL_POLICY;
  const BytesPerHour = policy.strategy === "BytesPerHour" ? policy.bytesPerHour : undefined;
  return { Policy: { Rules: [{ BytesPerHour, Strategy: policy.strategy }] } };
};
