import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openFilesystemBlobs } from "../../src/adapters/blobs-filesystem/filesystem-blobs.ts";
import {
  findDataKey,
  findHeader,
  formatFacts,
  formatHeader,
  openSegment,
  sealSegment,
  wrapDataKey,
} from "../../src/adapters/blobs-filesystem/sealed-format.ts";
import { createKeyring, createMasterKey } from "../../src/adapters/master-keys/master-key.ts";
import { createTextCipher } from "../../src/adapters/secret-cipher/keyring-ciphers.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { MIB, makePayload } from "../support/payload.ts";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/format.md", root), "utf8");
const decoder = new URL("docs/decrypt-blob.mjs", root).pathname;

/** The value of a row of the table of vectors. */
function vector(name: string): Buffer {
  const [, section = ""] = page.split(/<!-- \/?vectors/);
  const row = section.split("\n").find((line) => line.startsWith(`| ${name}`));
  const hex = row === undefined ? undefined : /`([0-9a-f]+)` \|$/.exec(row)?.[1];
  return hex === undefined
    ? assert.fail(`docs/format.md has no vector ${name}`)
    : Buffer.from(hex, "hex");
}

const blobId = "00000007019b00000000000000c0ffee" as BlobId;
const masterKey = createMasterKey(vector("master key"));
const bytes = vector("bytes");
const facts = vector("header up to the slots");

describe("the vectors of docs/format.md", () => {
  it("are what this version derives, wraps and seals", () => {
    assert.equal(masterKey.keyId, vector("key id").toString("hex"));
    for (const purpose of ["moraine blob keys v1", "moraine sealed texts v1"]) {
      assert.deepEqual(Buffer.from(masterKey.derive(purpose)), vector(`key for \`${purpose}\``));
    }
    const segmentBytes = 256 * 1024;
    assert.deepEqual(
      Buffer.from(formatFacts({ blobId, sizeBytes: bytes.length, segmentBytes })),
      facts,
    );
    const nonce = vector("nonce of the slot");
    const slot = wrapDataKey(vector("data key"), facts, { masterKey, nonce });
    assert.deepEqual(Buffer.from(slot), vector("first slot"));
    const seal = (content: Uint8Array) =>
      Buffer.concat(
        sealSegment(content, vector("data key"), {
          blobId,
          index: 0,
          finalSizeBytes: content.length,
        }),
      );
    assert.deepEqual(seal(bytes), vector("last segment"));
    assert.deepEqual(seal(new Uint8Array(0)), vector("the one segment of an empty blob"));
    assert.ok(bytes.equals(Buffer.from("Moraine keeps what glaciers leave.")));
  });

  it("are what this version reads", () => {
    const header = findHeader(formatHeader(facts, vector("first slot")));
    const [slot] = header?.slots ?? [];
    assert.ok(header !== undefined && slot !== undefined);
    const dataKey = findDataKey(slot, header.facts, masterKey);
    assert.deepEqual(Buffer.from(dataKey ?? []), vector("data key"));
    const place = { blobId, index: 0, finalSizeBytes: bytes.length };
    const opened = openSegment(vector("last segment"), vector("data key"), place);
    assert.deepEqual(Buffer.from(opened ?? []), bytes);
  });
});

describe("a sealed text", () => {
  it("opens in its own place alone, and only unchanged", () => {
    const texts = createTextCipher(createKeyring(masterKey));
    const stored = texts.seal("a description", "archives.description:A");
    assert.equal(texts.open(stored, "archives.description:A"), "a description");
    assert.ok(!stored.includes("description"));
    assert.throws(() => texts.open(stored, "archives.description:B"), /can't be decrypted/);
    const last = stored.endsWith("A") ? "B" : "A";
    const changed = stored.slice(0, 40) + (stored[40] === "A" ? "B" : "A") + stored.slice(41);
    for (const wrong of [changed, stored.slice(0, -1), `${stored.slice(0, -2)}${last}A`]) {
      assert.throws(() => texts.open(wrong, "archives.description:A"), /can't be decrypted/);
    }
    assert.equal(texts.open("stored before", "archives.description:A"), "stored before");
  });
});

describe("docs/decrypt-blob.mjs", () => {
  it("has less than 150 lines and imports nothing but Node.js", () => {
    const text = readFileSync(decoder, "utf8");
    assert.ok(text.split("\n").length < 150);
    assert.deepEqual(
      [...text.matchAll(/from "(?!node:)/g)].map(([found]) => found),
      [],
    );
  });

  it("decrypts the vector, and blobs as the store writes them, and refuses changed ones", async () => {
    const folder = mkdtempSync(join(tmpdir(), "moraine-decoder-"));
    try {
      const keyFile = join(folder, "key");
      writeFileSync(keyFile, vector("master key").toString("hex"));
      const path = join(folder, blobId);
      const header = formatHeader(facts, vector("first slot"));
      writeFileSync(path, Buffer.concat([header, vector("last segment")]));
      assert.deepEqual(execFileSync(process.execPath, [decoder, keyFile, path]), bytes);
      const encryption = { keyring: createKeyring(masterKey), fromBoot: 1 };
      const store = await openFilesystemBlobs({ folder, logger: silentLogger, encryption });
      for (const [index, length] of [0, 5, 256 * 1024, MIB + 7].entries()) {
        const id = `000000010000000000000000000000f${index}` as BlobId;
        const payload = makePayload(length, index).bytes;
        const writer = await store.openWriter(id, length);
        await writer.write(payload);
        await writer.finish();
        await writer.commit();
        const file = join(folder, "data", id.slice(-2), id);
        const options = { maxBuffer: 4 * MIB };
        const read = execFileSync(process.execPath, [decoder, keyFile, file], options);
        assert.ok(read.equals(payload), `${length} bytes`);
        const changed = readFileSync(file);
        changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
        writeFileSync(file, changed);
        const refused = spawnSync(process.execPath, [decoder, keyFile, file], options);
        assert.equal(refused.status, 1);
        assert.match(refused.stderr.toString(), /is not what was written/);
      }
      await store.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
