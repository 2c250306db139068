/** Tests whether an address lies in a range. */
import { findIpAddress, findIpRange, isInRange } from "../ip-address.ts";
import { joinParts } from "../match.ts";
import { type ConditionOperator, negate } from "./condition-operator.ts";

const ipAddress: ConditionOperator = {
  isNegated: false,
  takesVariables: false,
  valueRule: "an IPv4 or IPv6 address or range such as 192.0.2.0/24",
  compile: (parts) => {
    const range = findIpRange(joinParts(parts));
    return range === undefined
      ? undefined
      : (requestValue) => {
          const address = findIpAddress(requestValue);
          return address !== undefined && isInRange(address, range);
        };
  },
};

export const ipAddressOperators = {
  IpAddress: ipAddress,
  NotIpAddress: negate(ipAddress),
} as const;
