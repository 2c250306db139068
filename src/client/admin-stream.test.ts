import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AdminRefusal, AdminUnreachable } from "./admin-errors.ts";
import { type AdminEvent, readEvents } from "./admin-stream.ts";

/** An answer that comes in these pieces. */
function answer(...pieces: readonly string[]): Response {
  const encoder = new TextEncoder();
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const piece of pieces) {
          controller.enqueue(encoder.encode(piece));
        }
        controller.close();
      },
    }),
  );
}

async function read(...pieces: readonly string[]) {
  const events: AdminEvent[] = [];
  const last = await readEvents(answer(...pieces), (event) => void events.push(event));
  return { events, last };
}

describe("an answer told in events", () => {
  it("is read line by line, however it is cut, with exact integers", async () => {
    const { events, last } = await read(
      '{"Event":"Star',
      'ted"}\n{"Event":"Alive"}\n{"Event":"Finding","Text":"ü"}\n{"Event":"Finis',
      'hed","Bytes":9007199254740993}\n',
    );
    assert.deepEqual(events, [{ Event: "Started" }, { Event: "Finding", Text: "ü" }]);
    assert.deepEqual(last, { Event: "Finished", Bytes: 9007199254740993n });
  });

  it("is a refusal when it ends in failure, and no success when it breaks off", async () => {
    const failed = (code: string) => `{"Event":"Failed","code":"${code}","message":"why"}\n`;
    await assert.rejects(read(failed("ValidationError")), (error: AdminRefusal) => {
      assert.ok(error instanceof AdminRefusal);
      assert.deepEqual([error.status, error.code, error.message], [400, "ValidationError", "why"]);
      return true;
    });
    await assert.rejects(read(failed("ServiceUnavailableException")), { status: 503 });
    for (const text of ["", '{"Event":"Started"}\n', "<html>\n", '{"Event":"Finished"}']) {
      await assert.rejects(read(text), AdminUnreachable, text);
    }
    await assert.rejects(read("x".repeat(1024 * 1024 + 1)), /a line without end/);
  });
});
