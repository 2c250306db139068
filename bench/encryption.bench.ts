/**
 * `node bench/encryption.bench.ts`: what encryption costs the blob store. Writes, reads and re-hashes the same bodies
 * in a plain and an encrypted store by turns, and prints MB per second of processor time of the whole process
 * (medians), so that other work on the machine counts little. Also AES-256-GCM alone by size of the segment.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FilesystemBlobs,
  openFilesystemBlobs,
} from "../src/adapters/blobs-filesystem/filesystem-blobs.ts";
import { createKeyring, createMasterKey } from "../src/adapters/master-keys/master-key.ts";
import type { BlobId } from "../src/domain/ids.ts";
import { KIB, LEAF_BYTES, MIB } from "../src/domain/limits.ts";

const ROUNDS = 7;
const BODY = randomBytes(64 * MIB);
const PIECE = 64 * KIB;
const SMALL_COUNT = 500;
const SMALL = BODY.subarray(0, 4 * KIB);
const logger = { debug() {}, info() {}, warn() {}, error() {} };
let lastBlob = 0;

interface Figures {
  readonly [work: string]: number[];
}

async function measure(bytes: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return bytes / (user + system);
}

async function store(blobs: FilesystemBlobs, body: Uint8Array): Promise<BlobId> {
  lastBlob += 1;
  // 32 hex digits are a blob id.
  const blobId = `00000001${lastBlob.toString(16).padStart(24, "0")}` as BlobId;
  const writer = await blobs.openWriter(blobId, body.length);
  for (let start = 0; start < body.length; start += PIECE) {
    await writer.write(body.subarray(start, start + PIECE));
  }
  await writer.finish();
  await writer.commit();
  return blobId;
}

async function read(blobs: FilesystemBlobs, blobId: BlobId, sizeBytes: number): Promise<void> {
  let seen = 0;
  for await (const chunk of blobs.read(blobId, { start: 0, endExclusive: sizeBytes })) {
    seen += chunk.length;
  }
  if (seen !== sizeBytes) {
    throw new Error(`read ${seen} bytes of ${sizeBytes}`);
  }
}

async function runRound(blobs: FilesystemBlobs, figures: Figures): Promise<void> {
  const total = BODY.length;
  let blobId: BlobId | undefined;
  figures["write"]?.push(
    await measure(total, async () => {
      blobId = await store(blobs, BODY);
    }),
  );
  const written = blobId;
  if (written === undefined) {
    throw new Error("nothing was written");
  }
  figures["read"]?.push(await measure(total, () => read(blobs, written, total)));
  const leaves = { firstLeaf: 0, leafCount: total / LEAF_BYTES };
  figures["hash leaves"]?.push(await measure(total, () => blobs.hashLeaves(written, leaves)));
  await blobs.remove(written);
  const small: BlobId[] = [];
  const smallBytes = SMALL_COUNT * SMALL.length;
  figures["write 4 KiB"]?.push(
    await measure(smallBytes, async () => {
      for (let index = 0; index < SMALL_COUNT; index += 1) {
        small.push(await store(blobs, SMALL));
      }
    }),
  );
  figures["read 4 KiB"]?.push(
    await measure(smallBytes, async () => {
      for (const id of small) {
        await read(blobs, id, SMALL.length);
      }
    }),
  );
  for (const id of small) {
    await blobs.remove(id);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

async function compareStores(): Promise<void> {
  const keyring = createKeyring(createMasterKey(randomBytes(32)));
  const kinds = [
    ["plain", undefined],
    ["encrypted", { keyring, fromBoot: 0 }],
  ] as const;
  const stores = await Promise.all(
    kinds.map(async ([name, encryption]) => {
      const folder = await mkdtemp(join(tmpdir(), "moraine-bench-"));
      const blobs = await openFilesystemBlobs({ folder, logger, encryption });
      const works = ["write", "read", "hash leaves", "write 4 KiB", "read 4 KiB"];
      const figures: Figures = Object.fromEntries(works.map((work) => [work, []]));
      return { name, folder, blobs, figures };
    }),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { blobs, figures } of stores) {
      await runRound(blobs, figures);
    }
  }
  for (const { name, folder, blobs, figures } of stores) {
    const texts = Object.entries(figures).map(
      ([work, values]) => `${work} ${median(values).toFixed(work.includes("4 KiB") ? 1 : 0)}`,
    );
    process.stdout.write(`${name}: ${texts.join(", ")} MB per CPU second\n`);
    await blobs.close();
    await rm(folder, { recursive: true });
  }
}

function compareSegments(): void {
  const key = randomBytes(32);
  for (const segmentBytes of [64, 128, 256, 512, 1024].map((size) => size * KIB)) {
    const [sealing, opening]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      const sealed: [Uint8Array, Uint8Array][] = [];
      const before = process.cpuUsage();
      for (let start = 0; start < BODY.length; start += segmentBytes) {
        const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(12));
        sealed.push([cipher.update(BODY.subarray(start, start + segmentBytes)), cipher.final()]);
        sealed[sealed.length - 1] = [sealed.at(-1)?.[0] ?? BODY, cipher.getAuthTag()];
      }
      const between = process.cpuUsage(before);
      const start = process.cpuUsage();
      for (const [bytes, tag] of sealed) {
        const decipher = createDecipheriv("aes-256-gcm", key, Buffer.alloc(12));
        decipher.setAuthTag(tag);
        decipher.update(bytes);
        decipher.final();
      }
      const end = process.cpuUsage(start);
      sealing.push(BODY.length / (between.user + between.system));
      opening.push(BODY.length / (end.user + end.system));
    }
    const [seal, open] = [median(sealing).toFixed(0), median(opening).toFixed(0)];
    process.stdout.write(`segments of ${segmentBytes / KIB} KiB: seal ${seal}, open ${open}\n`);
  }
}

await compareStores();
compareSegments();
