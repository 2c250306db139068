import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseArchiveDescription } from "../description.ts";
import { decodeDescription } from "./decode-description.ts";
import { formatMt2, type Mt2File } from "./encode-mt2.ts";

const refusal = { name: "ServiceError", code: "InvalidParameterValueException" };
const SHA256 = "0123456789abcdef".repeat(4);
const plain: Mt2File = { name: "photos/ünï code.txt", modifiedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5) };

function membersOf(description: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(description.slice(4), "base64url").toString());
}

describe("formatMt2", () => {
  it("writes what mt-aws-glacier writes when there are no extras", () => {
    assert.equal(
      formatMt2(plain),
      "mt2 eyJmaWxlbmFtZSI6InBob3Rvcy_DvG7DryBjb2RlLnR4dCIsIm10aW1lIjoiMjAyNjAxMDJUMDMwNDA1WiJ9",
    );
  });

  it("writes the extras as flat members", () => {
    assert.deepEqual(
      membersOf(formatMt2({ ...plain, size: 7, mode: 0o644, sha256: SHA256, enc: "age" })),
      {
        ...{ filename: plain.name, mtime: "20260102T030405Z" },
        ...{ size: 7, mode: "644", sha256: SHA256, enc: "age" },
      },
    );
  });

  it("is decoded to any name, time and extras it was given", () => {
    const files = fc.record(
      {
        name: fc.string({ unit: "binary", minLength: 1, maxLength: 60 }),
        modifiedAtMs: fc
          .integer({ min: -62_167_219_200, max: 253_402_300_799 })
          .map((seconds) => seconds * 1000),
        size: fc.maxSafeNat(),
        mode: fc.integer({ min: 0, max: 0o7777 }),
        sha256: fc.constant(SHA256),
        enc: fc.string({ maxLength: 20 }),
      },
      { requiredKeys: ["name", "modifiedAtMs"] },
    );
    fc.assert(
      fc.property(files, (file) => {
        fc.pre(file.name.trim() !== "");
        const raw = formatMt2(file);
        assert.equal(parseArchiveDescription(raw), raw);
        const found = decodeDescription(raw);
        assert.deepEqual(
          { ...found, tool: undefined, isEncrypted: undefined },
          {
            name: file.name,
            modifiedAtMs: file.modifiedAtMs,
            ...(file.size !== undefined && { sizeBytes: file.size }),
            ...(file.mode !== undefined && { mode: file.mode }),
            ...(file.sha256 !== undefined && { sha256: file.sha256 }),
            ...(file.enc !== undefined && { encryption: file.enc }),
            ...{ tool: undefined, isEncrypted: undefined, raw },
          },
        );
      }),
      { numRuns: 500 },
    );
  });

  it("keeps a name with half a surrogate pair", () => {
    assert.equal(decodeDescription(formatMt2({ ...plain, name: "a\ud800" })).name, "a\ud800");
  });

  it("cuts times to the second, before 1970 too", () => {
    for (const [modifiedAtMs, expected] of [
      [1999, 1000],
      [-1, -1000],
    ] as const) {
      const raw = formatMt2({ name: "a", modifiedAtMs });
      assert.equal(decodeDescription(raw).modifiedAtMs, expected);
    }
  });

  it("drops the hash first, then mode and size, and never what the archive is encrypted with", () => {
    const kept = (characters: number) => {
      const file = { ...plain, name: "x".repeat(characters) };
      const text = formatMt2({ ...file, size: 7, mode: 0o644, sha256: SHA256, enc: "age" });
      assert.ok(text.length <= 1024);
      return Object.keys(membersOf(text)).slice(2).toSorted();
    };
    assert.deepEqual(kept(500), ["enc", "mode", "sha256", "size"]);
    assert.deepEqual(kept(670), ["enc", "mode", "size"]);
    assert.deepEqual(kept(695), ["enc", "size"]);
    assert.deepEqual(kept(708), ["enc"]);
    assert.throws(() => kept(722), refusal);
  });

  it("takes 723 bytes of name and refuses 724 with advice", () => {
    assert.equal(formatMt2({ ...plain, name: "x".repeat(723) }).length, 1024);
    assert.equal(formatMt2({ ...plain, name: `x${"ü".repeat(361)}` }).length, 1024);
    assert.throws(() => formatMt2({ ...plain, name: "x".repeat(724) }), {
      ...refusal,
      message: /1026 characters.*at most 1024.*Shorten the name/,
    });
  });

  it("refuses blank names and times of years without four digits", () => {
    for (const name of ["", " ", "\n"]) {
      assert.throws(() => formatMt2({ ...plain, name }), { ...refusal, message: /blank/ });
    }
    for (const modifiedAtMs of [Date.UTC(10_000, 0), Date.UTC(-1, 0), Number.NaN, 1e20]) {
      assert.throws(() => formatMt2({ ...plain, modifiedAtMs }), { ...refusal, message: /years/ });
    }
  });
});
