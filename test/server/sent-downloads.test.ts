/** Downloads from every kind of place that bytes lie in, whole and in ranges, by sendfile and by copying. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findFileSender } from "../../src/adapters/native-sendfile/native-file-sender.ts";
import { sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import type { WireAnswer } from "../support/wire-client.ts";
import { perform, startWireServer, type WireServer } from "../support/wire-server.ts";

const MIB = 1024 * 1024;
const VAULT = "/-/vaults/v";
/** Two parts in files and a short one, which is a row where rows are kept. */
const BODY = Buffer.alloc(2 * MIB + 1_000, "a tile of 31 bytes, so no MiB is like another");
const RANGES = [
  [0, BODY.length - 1],
  [0, 0],
  [5, 2 * MIB + 4],
  [MIB - 1, MIB],
  [MIB, 2 * MIB - 1],
  [2 * MIB - 70_000, BODY.length - 1],
  [2 * MIB, BODY.length - 1],
  [BODY.length - 1, BODY.length - 1],
] as const;
const LATEST_MS = 20_000;
const sending = findFileSender(true) === undefined ? "copying" : "sendfile";

const PLACES = [
  { name: "files and rows", flags: async () => ({}), sending },
  {
    name: "files and rows, with native sending off",
    flags: async () => ({ "native-sending": "off" }),
    sending: "copying",
  },
  {
    name: "encrypted files and rows",
    flags: async (folder: string) => {
      const file = join(folder, "key");
      await writeFile(file, Buffer.alloc(32, 7).toString("base64"), { mode: 0o600 });
      return { "encryption-key-file": file };
    },
    sending,
  },
  {
    name: "two copies",
    flags: async (folder: string) => ({ "mirror-dir": join(folder, "mirror") }),
    sending,
  },
] as const;

describe("downloads", () => {
  for (const { name, flags, sending: expected } of PLACES) {
    it(`give the bytes that were uploaded, from ${name}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "moraine-places-"));
      const server = await startWireServer(await flags(folder));
      try {
        assert.equal(server.sending, expected);
        const output = await retrieve(server, await upload(server));
        const whole = await perform(server, { method: "GET", target: output });
        assert.equal(whole.status, 200);
        assert.ok(whole.body.equals(BODY));
        for (const [first, last] of RANGES) {
          const headers = [["Range", `bytes=${first}-${last}`]] as const;
          const answer = await perform(server, { method: "GET", target: output, headers });
          assert.equal(answer.status, 206);
          assert.ok(answer.body.equals(BODY.subarray(first, last + 1)), `${first}-${last}`);
        }
        assert.deepEqual(await outputBytes(server, RANGES.length + 1), [
          BODY.length,
          ...RANGES.map(([first, last]) => last + 1 - first),
        ]);
      } finally {
        await server.stop();
        await rm(folder, { recursive: true });
      }
    });
  }
});

/** Uploads the body in parts of a MiB; the archive's id. */
async function upload(server: WireServer): Promise<string> {
  await perform(server, { method: "PUT", target: VAULT });
  const begun = await perform(server, {
    method: "POST",
    target: `${VAULT}/multipart-uploads`,
    headers: [["x-amz-part-size", `${MIB}`]],
  });
  const target = `${VAULT}/multipart-uploads/${headerOf(begun, "x-amz-multipart-upload-id")}`;
  for (let start = 0; start < BODY.length; start += MIB) {
    const body = BODY.subarray(start, start + MIB);
    const headers = [
      ["Content-Range", `bytes ${start}-${start + body.length - 1}/*`],
      ["x-amz-content-sha256", sha256Hex(body)],
      ["x-amz-sha256-tree-hash", treeHashHex(body)],
    ] as const;
    assert.equal((await perform(server, { method: "PUT", target, headers, body })).status, 204);
  }
  const completed = await perform(server, {
    method: "POST",
    target,
    headers: [
      ["x-amz-archive-size", `${BODY.length}`],
      ["x-amz-sha256-tree-hash", treeHashHex(BODY)],
    ],
  });
  return headerOf(completed, "x-amz-archive-id");
}

/** Retrieves the archive; where its output is. */
async function retrieve(server: WireServer, archiveId: string): Promise<string> {
  const begun = await perform(server, {
    method: "POST",
    target: `${VAULT}/jobs`,
    body: JSON.stringify({ Type: "archive-retrieval", ArchiveId: archiveId }),
  });
  const target = `${VAULT}/jobs/${headerOf(begun, "x-amz-job-id")}`;
  const latest = Date.now() + LATEST_MS;
  while (!(await perform(server, { method: "GET", target })).body.includes("Succeeded")) {
    assert.ok(Date.now() < latest, `the retrieval took longer than ${LATEST_MS} ms`);
  }
  return `${target}/output`;
}

/** The lengths of the first `count` outputs, as the log of requests tells them, which it does after the last byte. */
async function outputBytes(server: WireServer, count: number): Promise<unknown[]> {
  const latest = Date.now() + LATEST_MS;
  for (;;) {
    const told = server.log.filter(({ fields }) => fields["operation"] === "GetJobOutput");
    if (told.length >= count) {
      return told.map(({ fields }) => fields["bytesOut"]);
    }
    assert.ok(Date.now() < latest, `${told.length} of ${count} requests were logged`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function headerOf(answer: WireAnswer, name: string): string {
  return answer.header(name) ?? assert.fail(`${answer.statusLine} has no ${name}`);
}
