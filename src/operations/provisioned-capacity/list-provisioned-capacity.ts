import type { Handler } from "../handler.ts";

/** Lists the unexpired units of the account, newest first (contract §2.33). */
export const listProvisionedCapacity: Handler<"ListProvisionedCapacity"> = async (
  _input,
  { accountId },
  services,
) => {
  const { capacity } = services.metadata;
  const units = await capacity.listUnexpired(accountId, services.clock.nowMs());
  return {
    ProvisionedCapacityList: units.map((unit) => ({
      CapacityId: unit.capacityId,
      ExpirationDate: unit.expiresAtMs,
      StartDate: unit.startMs,
    })),
  };
};
