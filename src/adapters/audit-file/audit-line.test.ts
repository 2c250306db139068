import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AuditEvent } from "../../ports/audit-log.ts";
import { formatAuditLine, LINE_MAX_BYTES } from "./audit-line.ts";
import { describeLostLines } from "./lost-lines-event.ts";

const EVENT: AuditEvent = describeLostLines({ count: 1, firstAt: "a", lastAt: "b" }, 0);
const hostile = fc.string({ unit: "binary", maxLength: 200 });

describe("formatAuditLine", () => {
  it("is one line of JSON whatever the values hold, which reads back as they were", () => {
    fc.assert(
      fc.property(hostile, hostile, (userAgent, value) => {
        const event = { ...EVENT, userAgent, requestParameters: { value } };
        const line = formatAuditLine(event);
        assert.ok(line.endsWith("}\n"));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
        const back = JSON.parse(line);
        assert.equal(back.userAgent, userAgent);
        assert.equal(back.requestParameters.value, value);
      }),
    );
  });

  it("keeps a line that just fits, and omits parameters and results of one byte more", () => {
    const withLength = (length: number) =>
      formatAuditLine({ ...EVENT, requestParameters: { v: "x".repeat(length) } });
    const room = LINE_MAX_BYTES - Buffer.byteLength(withLength(0));
    assert.equal(Buffer.byteLength(withLength(room)), LINE_MAX_BYTES);
    const cut = JSON.parse(withLength(room + 1));
    assert.match(cut.requestParameters.omitted, /65536 bytes/);
    assert.equal(cut.eventName, EVENT.eventName);
  });

  it("counts bytes, not characters", () => {
    const event = { ...EVENT, requestParameters: { v: "é".repeat(LINE_MAX_BYTES / 2) } };
    assert.ok(Buffer.byteLength(formatAuditLine(event)) <= LINE_MAX_BYTES);
  });

  it("writes integers beyond 2^53 exactly", () => {
    const event = { ...EVENT, requestParameters: { bytesPerHour: 2n ** 63n - 1n } };
    assert.match(formatAuditLine(event), /"bytesPerHour":9223372036854775807/);
  });
});
