/** What must be there before the request of a fixture: short commands, each a few requests. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import type { WireAnswer } from "../support/wire-client.ts";
import { perform, type WireCall, type WireServer } from "../support/wire-server.ts";
import { type Bindings, bytesOf, fillIn } from "./placeholders.ts";

const FINISH_BOUND_MS = 10_000;

type Given = (words: readonly string[], scene: Scene) => Promise<void>;

interface Scene {
  readonly bindings: Bindings;
  call(call: WireCall, status: number): Promise<WireAnswer>;
}

const givens: Readonly<Record<string, Given>> = {
  /** `vault <name>` */
  vault: async ([name], scene) => {
    await scene.call({ method: "PUT", target: `/-/vaults/${name}` }, 201);
  },
  /** `archive <id> <vault> <bytes> [description]` */
  archive: async ([id = "", vault, bytes = "", ...description], scene) => {
    const body = bytesOf(bytes, "");
    const headers: [string, string][] = [
      ...hashHeaders(body),
      ["x-amz-archive-description", description.join(" ")],
    ];
    const target = `/-/vaults/${vault}/archives`;
    const answer = await scene.call({ method: "POST", target, headers, body }, 201);
    scene.bindings.set(id, answer.header("x-amz-archive-id") ?? "");
  },
  /** `csv <id> <vault> <rows>`: an archive of these rows, each with a `;` at its end */
  csv: async ([id = "", vault, ...rows], scene) => {
    const body = Buffer.from(rows.join(" ").replaceAll(";", "\n"));
    const target = `/-/vaults/${vault}/archives`;
    const call = { method: "POST", target, headers: hashHeaders(body), body };
    const answer = await scene.call(call, 201);
    scene.bindings.set(id, answer.header("x-amz-archive-id") ?? "");
  },
  /** `upload <id> <vault> <part size> [description]` */
  upload: async ([id = "", vault, partSize = "", ...description], scene) => {
    const headers: [string, string][] = [
      ["x-amz-part-size", partSize],
      ["x-amz-archive-description", description.join(" ")],
    ];
    const target = `/-/vaults/${vault}/multipart-uploads`;
    const answer = await scene.call({ method: "POST", target, headers }, 201);
    scene.bindings.set(id, answer.header("x-amz-multipart-upload-id") ?? "");
  },
  /** `part <upload> <vault> <first>-<last>`, of the generator's bytes */
  part: async ([upload = "", vault, range = ""], scene) => {
    const [first = 0, last = 0] = range.split("-").map(Number);
    const body = bytesOf(`G[${first},${last + 1}]`, "");
    const headers: [string, string][] = [
      ...hashHeaders(body),
      ["Content-Range", `bytes ${range}/*`],
    ];
    const target = `/-/vaults/${vault}/multipart-uploads/${scene.bindings.get(upload)}`;
    await scene.call({ method: "PUT", target, headers, body }, 204);
  },
  /** `completed <archive> <upload> <vault> <size>`, of the generator's bytes */
  completed: async ([archive = "", upload = "", vault, size = ""], scene) => {
    const headers: [string, string][] = [
      ["x-amz-archive-size", size],
      ["x-amz-sha256-tree-hash", treeHashHex(bytesOf(`G[0,${size}]`, ""))],
    ];
    const target = `/-/vaults/${vault}/multipart-uploads/${scene.bindings.get(upload)}`;
    const answer = await scene.call({ method: "POST", target, headers }, 201);
    scene.bindings.set(archive, answer.header("x-amz-archive-id") ?? "");
  },
  /** `job <id> <vault> <JSON>` */
  job: async ([id = "", vault, ...json], scene) => {
    const body = fillIn(json.join(" "), scene.bindings);
    const target = `/-/vaults/${vault}/jobs`;
    const answer = await scene.call({ method: "POST", target, body }, 202);
    scene.bindings.set(id, answer.header("x-amz-job-id") ?? "");
  },
  /** `finished <job> <vault>`: waits */
  finished: async ([job = "", vault], scene) => {
    const target = `/-/vaults/${vault}/jobs/${scene.bindings.get(job)}`;
    const deadline = performance.now() + FINISH_BOUND_MS;
    while (performance.now() < deadline) {
      const answer = await scene.call({ method: "GET", target }, 200);
      if (answer.json()["Completed"] === true) {
        return;
      }
      await sleep(20);
    }
    assert.fail(`the job ${job} did not finish within ${FINISH_BOUND_MS} ms`);
  },
};

/** Brings about what `command` says; fails when a request is refused. */
export async function bringAbout(
  command: string,
  server: WireServer,
  bindings: Bindings,
): Promise<void> {
  const [word = "", ...words] = command.split(" ");
  const given = givens[word];
  assert.ok(given, `no given is called ${word}; there are ${Object.keys(givens).join(", ")}`);
  await given(words, {
    bindings,
    call: async (call, status) => {
      const answer = await perform(server, { ...call, region: bindings.get("region") ?? "" });
      assert.equal(answer.status, status, `given: ${command}: ${answer.body}`);
      return answer;
    },
  });
}

function hashHeaders(body: Uint8Array): [string, string][] {
  return [
    ["x-amz-content-sha256", sha256Hex(body)],
    ["x-amz-sha256-tree-hash", treeHashHex(body)],
  ];
}
