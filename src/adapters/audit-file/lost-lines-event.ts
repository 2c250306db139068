/** Says in the log itself that lines are missing. */
import { randomUUID } from "node:crypto";
import type { AuditEvent } from "../../ports/audit-log.ts";
import { formatIsoSeconds } from "../../std/iso-time.ts";
import type { LostLines } from "./waiting-lines.ts";

export function describeLostLines(lost: LostLines, nowMs: number): AuditEvent {
  return {
    eventVersion: "1.08",
    userIdentity: { type: "Unknown" },
    eventTime: formatIsoSeconds(nowMs),
    eventSource: "moraine",
    eventName: "AuditLinesLost",
    awsRegion: "",
    sourceIPAddress: "",
    userAgent: null,
    requestParameters: null,
    responseElements: null,
    additionalEventData: { ...lost },
    requestID: "",
    eventID: randomUUID(),
    readOnly: true,
    eventType: "AwsServiceEvent",
    managementEvent: true,
    eventCategory: "Management",
  };
}
