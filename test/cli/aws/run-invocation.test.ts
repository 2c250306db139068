/** What becomes of an answer: printed members, saved bodies. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { printableAnswer } from "../../../src/cli/aws/output-members.ts";
import { parseArguments } from "../../../src/cli/aws/parse-arguments.ts";
import { runInvocation, type ServiceCaller } from "../../../src/cli/aws/run-invocation.ts";

const WORDS = ["get-job-output", "--account-id", "-", "--vault-name", "v", "--job-id", "j"];

describe("printableAnswer", () => {
  it("drops what is null, keeps structures with the rest, and follows the AWS CLI's order", () => {
    const answer = {
      Action: "InventoryRetrieval",
      JobId: "j",
      ArchiveId: null,
      ArchiveSizeInBytes: 9007199254740992n,
      InventoryRetrievalParameters: { Format: "JSON", Limit: null, Marker: undefined },
      NextInventoryRetrievalMarker: "m",
    };
    const printed = JSON.stringify(printableAnswer("DescribeJob", answer));
    assert.equal(
      printed,
      '{"JobId":"j","Action":"InventoryRetrieval","ArchiveSizeInBytes":9007199254740992,' +
        '"InventoryRetrievalParameters":{"Format":"JSON"}}',
    );
  });
});

describe("runInvocation", () => {
  it("saves the body of a job's output and prints the rest", async () => {
    const folder = await mkdtemp(join(tmpdir(), "moraine-run-"));
    const path = join(folder, "out");
    const { written, cancelled } = await run(
      [...WORDS, path, "--output", "json"],
      async function* () {
        yield Buffer.from("abc");
      },
    );
    assert.deepEqual(JSON.parse(written), { status: 200, contentType: "text/csv" });
    assert.equal(cancelled, false);
    assert.equal(await readFile(path, "utf8"), "abc");
    await rm(folder, { recursive: true });
  });

  it("ends the download and leaves nothing when the body breaks off", async () => {
    const folder = await mkdtemp(join(tmpdir(), "moraine-run-"));
    const running = run([...WORDS, join(folder, "out")], async function* () {
      yield Buffer.from("abc");
      throw new Error("broken off");
    });
    await assert.rejects(running, /broken off/);
    assert.deepEqual(await readdir(folder), []);
    await rm(folder, { recursive: true });
  });

  it("ends the download when the file can't be made", async () => {
    const seen = { cancelled: false };
    const running = run(
      [...WORDS, "/nonexistent/out"],
      async function* () {
        yield Buffer.from("abc");
      },
      seen,
    );
    await assert.rejects(running, {
      failure: "general",
      message: "[Errno 2] No such file or directory: '/nonexistent/out'",
    });
    assert.equal(seen.cancelled, true);
  });
});

async function run(
  words: readonly string[],
  bytes: () => AsyncGenerator<Uint8Array>,
  seen = { cancelled: false },
) {
  let written = "";
  const cancel = () => {
    seen.cancelled = true;
  };
  const caller: ServiceCaller = {
    call: async () => ({
      body: { bytes: bytes(), cancel },
      status: 200,
      contentType: "text/csv",
      checksum: undefined,
    }),
    wait: async () => {},
  };
  await runInvocation(parseArguments(words), {
    caller,
    write: (text) => {
      written += text;
    },
    version: "0",
    defaultFormat: "json",
    terminalWidth: 80,
    isTerminal: false,
  });
  return { written, cancelled: seen.cancelled };
}
