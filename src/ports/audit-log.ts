import type { JsonValue } from "../std/json.ts";

/** Who sent a request, as far as its signature proved it. */
export interface AuditIdentity {
  /** `Unknown` until the signature has verified. */
  readonly type: "Root" | "IAMUser" | "Unknown";
  readonly principalId?: string | undefined;
  readonly arn?: string | undefined;
  readonly accountId?: string | undefined;
  /** The key that the request names; claimed only when the type is `Unknown`. */
  readonly accessKeyId?: string | undefined;
  readonly userName?: string | undefined;
}

/** What a request acted on. */
export interface AuditResource {
  readonly ARN: string;
  readonly accountId: string;
  readonly type: string;
}

/**
 * One request in the shape of CloudTrail's events (guide, "Understanding S3 Glacier Log File Entries"). Members that
 * are `undefined` do not get into its line.
 */
export interface AuditEvent {
  readonly eventVersion: string;
  readonly userIdentity: AuditIdentity;
  /** When the request was completed, `2014-12-10T19:05:15Z`; its day names the file. */
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string | null;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly requestParameters: JsonValue;
  readonly responseElements: JsonValue;
  readonly additionalEventData: { readonly [name: string]: JsonValue };
  readonly requestID: string;
  readonly eventID: string;
  /** Whether the request could change nothing. */
  readonly readOnly: boolean;
  readonly resources?: readonly AuditResource[] | undefined;
  readonly eventType: "AwsApiCall" | "AwsServiceEvent";
  readonly managementEvent: true;
  readonly eventCategory: "Management";
  readonly recipientAccountId?: string | undefined;
}

/**
 * Keeps one line for each event. Lines of one process are kept in the order in which they were handed over.
 * A line that can't be written is kept and written later; when too many wait, lines handed to `buffer` are
 * given up, which is logged, and counted by an event of its own once lines can be written again.
 */
export interface AuditLog {
  /**
   * Resolves when the line, and every line before it, is durable: it survives a power cut. Rejects with the
   * cause when it can't be written now; it is written as soon as that is possible.
   */
  record(event: AuditEvent): Promise<void>;
  /** Returns at once; the line is written within a second, and when the service ends. Never throws. */
  buffer(event: AuditEvent): void;
  /** Resolves when lines can be written, as far as is known; tries again when they could not. Else rejects. */
  check(): Promise<void>;
}
