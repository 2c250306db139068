import { decidePurchase } from "../../domain/provisioned-capacity.ts";
import type { Handler } from "../handler.ts";

/** Buys a unit of provisioned capacity, which lasts one month (contract §2.32). */
export const purchaseProvisionedCapacity: Handler<"PurchaseProvisionedCapacity"> = async (
  _input,
  { accountId },
  services,
) => {
  const capacityId = services.ids.capacityId();
  await services.metadata.transaction(async ({ capacity }) => {
    const nowMs = services.clock.nowMs();
    const units = await capacity.listUnexpired(accountId, nowMs);
    await capacity.insert(accountId, decidePurchase(units.length, { capacityId, nowMs }));
  });
  return { capacityId };
};
