/** The account's data retrieval policy, as far as it bounds what a verb asks for (contract §6.1). */
import { GlacierServiceError } from "../../../client/errors.ts";
import { FREE_TIER_MONTH_BYTES, STANDARD_RETRIEVAL_HOURS } from "../../../domain/limits.ts";
import type { RetrievalTier } from "../../../domain/retrieval-tier.ts";
import type { Session } from "../../session/session.ts";
import { formatSize } from "../../units.ts";

export interface PolicyRoom {
  readonly strategy: "BytesPerHour" | "FreeTier" | "None" | "unknown";
  /** What may be asked for in an hour; `undefined` is without limit, or not known. */
  readonly bytesPerHour: number | undefined;
  /** The largest archive that is ever let through. */
  readonly largestBytes: number | undefined;
  /** For people. */
  readonly text: string;
}

/** What the policy lets through of `tier`; only Standard retrievals count. Throws what `call` throws. */
export async function findPolicyRoom(session: Session, tier: RetrievalTier): Promise<PolicyRoom> {
  const { call, accountId, surroundings } = session;
  let rule:
    | {
        readonly Strategy?: string | undefined;
        readonly BytesPerHour?: number | bigint | undefined;
      }
    | undefined;
  try {
    const { output } = await call("GetDataRetrievalPolicy", { accountId });
    rule = output.Policy?.Rules?.[0];
  } catch (error) {
    // Who may retrieve need not be let see the policy; it is then met when it refuses.
    if (error instanceof GlacierServiceError && error.status >= 400 && error.status < 500) {
      return describeRoom("unknown", "not shown to you", {});
    }
    throw error;
  }
  const applies = tier === "Standard" ? "" : ` (does not count ${tier})`;
  switch (rule?.Strategy) {
    case "BytesPerHour": {
      const bytesPerHour = Number(rule.BytesPerHour ?? 0);
      const text = `${formatSize(bytesPerHour)}/h${applies}`;
      // The rate of a retrieval is its bytes spread over four hours.
      const largestBytes = bytesPerHour * STANDARD_RETRIEVAL_HOURS;
      return describeRoom(
        "BytesPerHour",
        text,
        applies === "" ? { bytesPerHour, largestBytes } : {},
      );
    }
    case "FreeTier": {
      const largestBytes = Math.floor(FREE_TIER_MONTH_BYTES / daysOfMonth(surroundings.nowMs()));
      const text = `free tier, about ${formatSize(largestBytes)} a day${applies}`;
      return describeRoom("FreeTier", text, applies === "" ? { largestBytes } : {});
    }
    default:
      return describeRoom("None", "no limit", {});
  }
}

function describeRoom(
  strategy: PolicyRoom["strategy"],
  text: string,
  bounds: { readonly bytesPerHour?: number; readonly largestBytes?: number },
): PolicyRoom {
  const { bytesPerHour, largestBytes } = bounds;
  return { strategy, text, bytesPerHour, largestBytes };
}

function daysOfMonth(nowMs: number): number {
  const date = new Date(nowMs);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The smaller of two limits of which either may be absent. */
export function smallerLimit(left: number | undefined, right: number | undefined) {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}
