import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GlacierServiceError, TransportError } from "../../../client/errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { silentProgress } from "../../report/progress.ts";
import { createReporter } from "../../report/reporter.ts";
import type { Session } from "../../session/session.ts";
import { Interruption, VerbFailure } from "../../session/verb-failure.ts";
import { type PlannedUpload, runUploads, statusOf } from "./run-uploads.ts";

const flags = { verifySsl: true, progress: false, color: "off", json: true } as const;

function createSession(signal = new AbortController().signal) {
  const events: Record<string, unknown>[] = [];
  const terminal = {
    stdout: (text: string) => void events.push(JSON.parse(text)),
    stderr: () => undefined,
  };
  const reporter = createReporter({ flags, terminal, env: {}, nowMs: () => 0 });
  // The run asks its session for nothing else.
  return { events, session: { reporter, signal } as unknown as Session };
}

function uploadsOf(count: number): PlannedUpload[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `f${index}`;
    const file = { name, path: `/${name}`, sizeBytes: 1, modifiedAtMs: 0, mode: 0o644 };
    return { file: { kind: "file" as const, ...file }, reason: "new" as const, openUploads: [] };
  });
}

async function run(count: number, store: (name: string) => void, { session } = createSession()) {
  const begun: string[] = [];
  const tally = await runUploads(session, {
    uploads: uploadsOf(count),
    fileCount: 1,
    progress: silentProgress,
    store: async ({ file }) => {
      begun.push(file.name);
      store(file.name);
      return { archiveId: `id-${file.name}`, treeHash: "", sizeBytes: 1 };
    },
  });
  return { tally, begun };
}

const unreachable = () => new TransportError("unreachable", "Could not connect");
const serviceError = (code: string, status: number) =>
  new GlacierServiceError(code, { code, status, requestId: undefined, attempts: 1 });

describe("runUploads", () => {
  it("goes on after a file that fails, and reports each", async () => {
    const { events, session } = createSession();
    const store = (name: string) => {
      if (name === "f1") {
        throw Object.assign(new Error("EIO: bad disk"), { code: "EIO", syscall: "read" });
      }
    };
    const { tally } = await run(4, store, { events, session });
    assert.deepEqual([tally.uploaded, tally.uploadedBytes, tally.untried], [3, 3, 0]);
    assert.deepEqual(tally.failures, [{ name: "f1", reason: "EIO: bad disk", exitCode: 1 }]);
    assert.deepEqual(
      events.map(({ event, name }) => `${event} ${name}`),
      ["uploaded f0", "failed f1", "uploaded f2", "uploaded f3"],
    );
    assert.equal(statusOf(tally), EXIT.failed);
  });

  it("gives up when three files in a row can't reach the service", async () => {
    const { tally, begun } = await run(10, () => {
      throw unreachable();
    });
    assert.deepEqual(begun, ["f0", "f1", "f2"]);
    assert.equal(tally.untried, 7);
    assert.equal(statusOf(tally), EXIT.unreachable);
  });

  it("counts anew after a file that reached it", async () => {
    let calls = 0;
    const { tally } = await run(9, () => {
      calls += 1;
      if (calls % 3 !== 0) {
        throw calls % 2 === 0 ? unreachable() : serviceError("ServiceUnavailableException", 503);
      }
    });
    assert.deepEqual([tally.uploaded, tally.failures.length, tally.untried], [3, 6, 0]);
  });

  it("gives up at once when it is refused or its credentials are", async () => {
    for (const [code, exitCode] of [
      ["AccessDeniedException", EXIT.refused],
      ["UnrecognizedClientException", EXIT.noCredentials],
    ] as const) {
      const { tally, begun } = await run(5, () => {
        throw serviceError(code, 403);
      });
      assert.deepEqual([begun.length, tally.untried], [1, 4]);
      assert.equal(tally.failures[0]?.exitCode, exitCode);
    }
  });

  it("ends with a failure of the journal, with a defect, and with the signal's reason", async () => {
    const journal = new VerbFailure(EXIT.failed, "the journal can't be written");
    for (const error of [journal, new TypeError("a defect")]) {
      await assert.rejects(
        run(3, () => {
          throw error;
        }),
        error,
      );
    }
    const controller = new AbortController();
    const reason = new Interruption("SIGINT");
    await assert.rejects(
      run(3, () => controller.abort(reason), createSession(controller.signal)),
      reason,
    );
  });
});
