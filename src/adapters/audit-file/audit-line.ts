/** One event as one line of text. */
import type { AuditEvent } from "../../ports/audit-log.ts";
import { formatJson, type JsonValue } from "../../std/json.ts";

/** The longest line, with its line feed. */
export const LINE_MAX_BYTES = 64 * 1024;

const OMITTED = { omitted: `more than fits a line of ${LINE_MAX_BYTES} bytes` } as const;

/**
 * What JSON leaves as it is although terminals and editors take it for more than text: DEL and the C1
 * controls, line and paragraph separators, and the marks that reverse the direction of writing.
 */
const DECEPTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * JSON and a line feed, at most `LINE_MAX_BYTES`: parameters and results that do not fit give way to a word
 * about it. Whatever the values hold, the line has no other control character than the line feed at its end.
 */
export function formatAuditLine(event: AuditEvent): string {
  const whole = format(event);
  if (fits(whole)) {
    return whole;
  }
  const shortened = format({ ...event, requestParameters: OMITTED, responseElements: OMITTED });
  if (fits(shortened)) {
    return shortened;
  }
  // Every other member is bounded where it is made; this holds should one of them not be.
  return format({
    ...event,
    requestParameters: OMITTED,
    responseElements: OMITTED,
    additionalEventData: {},
    userAgent: null,
    errorMessage: OMITTED.omitted,
  });
}

function format(event: AuditEvent): string {
  // The members of an event are JSON values; an interface is just not known to have no others.
  const json = formatJson(event as unknown as JsonValue);
  return isPlain(json) ? `${json}\n` : `${json.replaceAll(DECEPTIVE, escapeCharacter)}\n`;
}

/** Whether there is nothing but printable ASCII, of which nothing is deceptive. */
function isPlain(json: string): boolean {
  return !/[^ -~]/.test(json);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function fits(line: string): boolean {
  // A code unit is three bytes of UTF-8 at most.
  return line.length * 3 <= LINE_MAX_BYTES || Buffer.byteLength(line) <= LINE_MAX_BYTES;
}
