/** Bodies long enough to be received by the storage itself, straight from their connections. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB, makePayload, type Payload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { formatRequest, openWire, signHead, type Wire } from "../support/wire-client.ts";

const PAYLOAD = makePayload(5 * MIB + 12_345, "received");
const NOTHING = makePayload(0, "nothing");
const WAIT_MAX_MS = 10_000;

/** Several share threads, and node:crypto hashes where the addon may not. */
for (const [connections, flags] of [
  [1, []],
  [3, []],
  [1, ["--native-hashing", "off"]],
] satisfies [number, string[]][]) {
  describe(`a body of 5 MiB over ${connections} connections ${flags.join(" ")}`, () => {
    let server: ServerProcess;

    before(async () => {
      server = await startServer({ flags: ["--idle-timeout", "1s", ...flags] });
      const wire = await open();
      await wire.send(requestOf("PUT", "/-/vaults/v", NOTHING));
      assert.equal((await wire.receive()).status, 201);
      wire.destroy();
    });
    after(() => server?.stop());

    const open = () => openWire(Number(new URL(server.apiUrl).port));

    function requestOf(method: string, target: string, body: Payload, treeHash = body.treeHash) {
      const head = {
        method,
        target,
        headers: [
          ["Host", new URL(server.apiUrl).host],
          ["x-amz-glacier-version", "2012-06-01"],
          ["x-amz-content-sha256", body.sha256],
          ["x-amz-sha256-tree-hash", treeHash],
          ["Content-Length", String(body.bytes.length)],
        ] as const,
      };
      const keys = { ...server.credentials, region: "us-east-1" };
      return formatRequest(signHead(head, body.bytes, keys), body.bytes);
    }

    /** The same on every connection at once. */
    async function onEach(work: (wire: Wire) => Promise<void>): Promise<void> {
      const wires = await Promise.all(Array.from({ length: connections }, open));
      await Promise.all(wires.map(work));
      for (const wire of wires) {
        wire.destroy();
      }
    }

    const upload = (treeHash?: string) =>
      requestOf("POST", "/-/vaults/v/archives", PAYLOAD, treeHash);

    const countGone = () => server.logs().match(/"status":499/g)?.length ?? 0;

    async function assertNothingLeft(): Promise<void> {
      const folder = join(server.dataDir, "blobs", "tmp");
      for (let waited = 0; readdirSync(folder).length > 0; waited += 20) {
        assert.ok(waited < WAIT_MAX_MS, `left in ${folder}: ${readdirSync(folder)}`);
        await sleep(20);
      }
    }

    it("is stored, and what follows it on the connection is answered", async () => {
      await onEach(async (wire) => {
        const describeVault = requestOf("GET", "/-/vaults/v", NOTHING);
        await wire.send(Buffer.concat([upload(), upload(), describeVault, upload()]));
        const statuses: number[] = [];
        for (let answers = 0; answers < 4; answers += 1) {
          const answer = await wire.receive();
          statuses.push(answer.status);
          assert.equal(
            answer.header("x-amz-sha256-tree-hash"),
            answer.status === 201 ? PAYLOAD.treeHash : undefined,
          );
        }
        assert.deepEqual(statuses, [201, 201, 200, 201]);
      });
      await assertNothingLeft();
    });

    it("is stored when it comes in pieces with pauses between", async () => {
      await onEach(async (wire) => {
        const bytes = upload();
        for (let start = 0; start < bytes.length; start += MIB) {
          await wire.send(bytes.subarray(start, start + MIB));
          await sleep(5);
        }
        assert.equal((await wire.receive()).status, 201);
      });
    });

    it("is refused for another tree hash, and the connection goes on", async () => {
      await onEach(async (wire) => {
        await wire.send(Buffer.concat([upload("0".repeat(64)), upload()]));
        const refused = await wire.receive();
        assert.equal(refused.status, 400);
        assert.equal(refused.json()["code"], "InvalidParameterValueException");
        assert.equal((await wire.receive()).status, 201);
      });
      await assertNothingLeft();
    });

    it("is answered with a timeout when its client falls silent", async () => {
      await onEach(async (wire) => {
        await wire.send(upload().subarray(0, 3 * MIB));
        const answer = await wire.receive();
        assert.equal(answer.status, 408);
        assert.equal(answer.json()["code"], "RequestTimeoutException");
      });
      await assertNothingLeft();
    });

    it("is answered with a timeout when its client sends no more", async () => {
      await onEach(async (wire) => {
        await wire.send(upload().subarray(0, 3 * MIB));
        wire.end();
        assert.equal((await wire.receive()).status, 408);
      });
      await assertNothingLeft();
    });

    it("is told as a client that went away when its connection is reset", async () => {
      const goneBefore = countGone();
      const wires = await Promise.all(Array.from({ length: connections }, open));
      for (const wire of wires) {
        await wire.send(upload().subarray(0, 3 * MIB));
      }
      // All that was sent has been received before the reset, which may throw away what was not.
      await sleep(50);
      for (const wire of wires) {
        wire.reset();
      }
      for (let waited = 0; countGone() < goneBefore + connections; waited += 20) {
        assert.ok(waited < WAIT_MAX_MS, server.logs());
        await sleep(20);
      }
      await assertNothingLeft();
    });

    it("leaves nothing behind when its client disappears", async () => {
      await onEach(async (wire) => {
        await wire.send(upload().subarray(0, 3 * MIB));
      });
      await assertNothingLeft();
      await onEach(async (wire) => {
        await wire.send(upload());
        assert.equal((await wire.receive()).status, 201);
      });
    });
  });
}
