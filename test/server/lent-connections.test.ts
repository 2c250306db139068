/** Which way the bytes of an upload take into the storage, and that they are the same on each. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { UploadTask } from "../../src/adapters/blobs-filesystem/blob-workers.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import type { Logger } from "../../src/ports/logger.ts";
import { packageFile } from "../../src/std/package-file-node.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { MIB, makePayload, type Payload } from "../support/payload.ts";
import {
  findBlobs,
  OPERATOR,
  type ServiceInProcess,
  startService,
  until,
} from "../support/service-in-process.ts";
import { makeCertificate } from "../support/test-certificate.ts";
import { formatRequest, openWire, signHead, type WireHead } from "../support/wire-client.ts";

const PAYLOAD = makePayload(5 * MIB + 12_345, "lent");
const OTHER = makePayload(4 * MIB + 1, "other");
/** Of a body on a local connection, all but the first chunks. */
const LENT_MIN_BYTES = 2 * MIB;
/** An addon that was built and can't be used is a fault. */
const isBuilt = existsSync(packageFile("native/build/moraine.node"));
const options = { skip: !isBuilt && "there is no native/build/moraine.node: no compiler" };

/** One upload, as its storage saw it. */
interface Seen {
  readonly blobId: BlobId;
  /** What it was lent a connection for; 0 for a body that came in chunks. */
  lentBytes: number;
  /** How much of that a worker was told to read. */
  workerBytes: number;
  receivedBytes: number;
}

let folder: string;
let service: ServiceInProcess;
let seen: Seen[];
const receiveFrom = UploadTask.prototype.receiveFrom;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-lent-"));
});

afterEach(async () => {
  UploadTask.prototype.receiveFrom = receiveFrom;
  await service?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(
  settings: Readonly<Record<string, string>> = {},
  logger?: Logger,
): Promise<void> {
  const dataDir = join(folder, "data");
  service = await startService({ "data-dir": dataDir, "scrub-rate": "off", ...settings }, logger);
  seen = [];
  const { blobs } = service.running.stores.shared;
  const openWriter = blobs.openWriter.bind(blobs);
  blobs.openWriter = async (blobId, expectedSizeBytes) => {
    const writer = await openWriter(blobId, expectedSizeBytes);
    const facts: Seen = { blobId, lentBytes: 0, workerBytes: 0, receivedBytes: 0 };
    seen.push(facts);
    const receive = writer.receive?.bind(writer);
    if (receive !== undefined) {
      writer.receive = async (rest) => {
        facts.lentBytes = rest.sizeBytes;
        facts.receivedBytes = await receive(rest);
        return facts.receivedBytes;
      };
    }
    return writer;
  };
  UploadTask.prototype.receiveFrom = function (this: UploadTask, request) {
    const facts = seen.find(({ lentBytes }) => lentBytes === request.sizeBytes);
    assert.ok(facts !== undefined);
    facts.workerBytes = request.sizeBytes;
    return receiveFrom.call(this, request);
  };
}

function headOf(method: string, target: string, { bytes, sha256, treeHash }: Payload): WireHead {
  const head = {
    method,
    target,
    headers: [
      ["Host", new URL(service.apiUrl).host],
      ["x-amz-glacier-version", "2012-06-01"],
      ["x-amz-content-sha256", sha256],
      ["x-amz-sha256-tree-hash", treeHash],
      ["Content-Length", String(bytes.length)],
    ] as const,
  };
  return signHead(head, bytes, { ...OPERATOR, region: "us-east-1" });
}

async function assertStored(facts: Seen | undefined, { bytes }: Payload): Promise<void> {
  assert.ok(facts !== undefined);
  const chunks: Uint8Array[] = [];
  const { blobs } = service.running.stores.shared;
  for await (const chunk of blobs.read(facts.blobId, { start: 0, endExclusive: bytes.length })) {
    chunks.push(Uint8Array.from(chunk));
  }
  assert.ok(Buffer.concat(chunks).equals(bytes));
}

/** Uploads `OTHER` while another upload has sent but half of itself, which then ends too: both are lent, and whole. */
async function uploadBeside(): Promise<void> {
  const wire = await openWire(Number(new URL(service.apiUrl).port));
  const bytes = formatRequest(headOf("POST", "/-/vaults/v/archives", PAYLOAD), PAYLOAD.bytes);
  await wire.send(bytes.subarray(0, 3 * MIB));
  await until("the first upload", async () => (seen[0]?.lentBytes ? true : undefined));
  await service.glacier.uploadArchive("v", OTHER);
  await wire.send(bytes.subarray(3 * MIB));
  assert.equal((await wire.receive()).status, 201);
  wire.destroy();
  assertLent(seen[0]);
  assertLent(seen[1]);
  await assertStored(seen[0], PAYLOAD);
  await assertStored(seen[1], OTHER);
}

function assertLent(facts: Seen | undefined): void {
  assert.ok(facts !== undefined && facts.lentBytes > LENT_MIN_BYTES, JSON.stringify(facts));
  assert.equal(facts.receivedBytes, facts.lentBytes);
  assert.equal(facts.workerBytes, facts.lentBytes);
}

describe("an upload that is lent its connection", options, () => {
  it("is received by a worker, all of it but the first chunks", async () => {
    await start();
    assert.equal(service.running.stores.receiving, "lent connections");
    await service.glacier.createVault("v");
    await service.glacier.uploadArchive("v", PAYLOAD);
    assertLent(seen[0]);
    await assertStored(seen[0], PAYLOAD);
  });

  it("is received while another one is under way", async () => {
    await start();
    await service.glacier.createVault("v");
    await uploadBeside();
  });

  it("is encrypted on its way, alone and beside another one", async () => {
    const keyFile = join(folder, "key");
    await writeFile(keyFile, randomBytes(32));
    await start({ "encryption-key-file": keyFile });
    await service.glacier.createVault("v");
    await uploadBeside();
    const files = await findBlobs(join(folder, "data", "blobs"));
    assert.equal(files.size, 2);
    for (const path of files.values()) {
      const stored = await readFile(path);
      for (const { bytes } of [PAYLOAD, OTHER]) {
        for (let offset = 0; offset + 64 < bytes.length; offset += MIB) {
          assert.equal(stored.indexOf(bytes.subarray(offset, offset + 64)), -1, path);
        }
      }
    }
  });
});

describe("an upload that can't be lent its connection", () => {
  it("is stored from chunks with native receiving off", async () => {
    await start({ "native-receiving": "off" });
    assert.equal(service.running.stores.receiving, "chunks");
    await service.glacier.createVault("v");
    await service.glacier.uploadArchive("v", PAYLOAD);
    assert.equal(seen[0]?.lentBytes, 0);
    await assertStored(seen[0], PAYLOAD);
  });

  it(
    "is stored from chunks, and the log says why, by a service that Node.js is unknown to",
    options,
    async () => {
      const warnings: unknown[] = [];
      const logger = { ...silentLogger, warn: (...words: unknown[]) => void warnings.push(words) };
      const known = Socket.prototype.constructor;
      Socket.prototype.constructor = Object;
      try {
        await start({}, logger);
      } finally {
        Socket.prototype.constructor = known;
      }
      assert.equal(service.running.stores.receiving, "chunks");
      assert.match(
        JSON.stringify(warnings),
        /not made as it was.*this Node.js lends no connections/,
      );
      await service.glacier.createVault("v");
      await service.glacier.uploadArchive("v", PAYLOAD);
      assert.equal(seen[0]?.lentBytes, 0);
      await assertStored(seen[0], PAYLOAD);
    },
  );

  it("is stored from chunks on a connection that is another than expected", async () => {
    await start();
    await service.glacier.createVault("v");
    const known = Socket.prototype.constructor;
    Socket.prototype.constructor = Object;
    try {
      await service.glacier.uploadArchive("v", PAYLOAD);
    } finally {
      Socket.prototype.constructor = known;
    }
    assert.equal(seen[0]?.lentBytes, 0);
    await assertStored(seen[0], PAYLOAD);
  });

  it("is stored from chunks when there is a mirror", async () => {
    await start({ "mirror-dir": join(folder, "mirror") });
    await service.glacier.createVault("v");
    await service.glacier.uploadArchive("v", PAYLOAD);
    assert.equal(seen[0]?.lentBytes, 0);
    await assertStored(seen[0], PAYLOAD);
  });

  it("is stored from chunks over TLS", async () => {
    const { certificatePath, privateKeyPath } = await makeCertificate(folder, "first");
    await start({ "tls-cert": certificatePath, "tls-key": privateKeyPath });
    const nothing = makePayload(0, "nothing");
    assert.equal(await sendOverTls(headOf("PUT", "/-/vaults/v", nothing), nothing), 201);
    assert.equal(await sendOverTls(headOf("POST", "/-/vaults/v/archives", PAYLOAD), PAYLOAD), 201);
    assert.equal(seen[0]?.lentBytes, 0);
    await assertStored(seen[0], PAYLOAD);
  });
});

function sendOverTls(head: WireHead, { bytes }: Payload): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const { port } = new URL(service.apiUrl);
  const request = httpsRequest(
    {
      ...{ host: "127.0.0.1", port, method: head.method, path: head.target },
      headers: Object.fromEntries(head.headers),
      ...{ agent: false, rejectUnauthorized: false },
    },
    (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode));
    },
  );
  request.once("error", reject);
  request.end(bytes);
  return promise;
}
