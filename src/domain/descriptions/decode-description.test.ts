import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeDescription } from "./decode-description.ts";

const ID =
  "NkbByEejwEggmBz2fTHgJrg0XBoDfjP4q6iu87-TjhqG6eGoOY9Z8i1_AUyUsuhPAdTqLHy8pTl5nfCFJmDl2yEZONi5L26Omw12";
const NEW_YEAR_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const AUGUST_MS = Date.UTC(2012, 7, 21, 17, 8, 24);
const MD5 = "4340ebcf79712dc5e3ef7d50bab98ba5";
const HEX64 = "0123456789abcdef".repeat(4);
const HEX40 = "0123456789".repeat(4);
const UMLAUTS = "photos/ünï code.txt";
const FAST4 = `<m><v>4</v><p>Z2xhY2llci1kZy5wZGY=</p><lm>20120821T170824Z</lm><ce>1:1:${MD5}:54687</ce></m>`;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const mt2 = (members: unknown) =>
  `mt2 ${Buffer.from(JSON.stringify(members)).toString("base64url")}`;

/** Decodes `raw` and compares all but `raw` itself. */
function assertDecodes(raw: string, expected: object) {
  assert.deepEqual(decodeDescription(raw, ID), { ...expected, raw });
}

function assertPlain(raw: string) {
  assertDecodes(raw, { name: raw, tool: "plain text" });
}

describe("decodeDescription of mt-aws-glacier's records", () => {
  it("reads a mt2 record", () => {
    assertDecodes(
      "mt2 eyJmaWxlbmFtZSI6InBob3Rvcy_DvG7DryBjb2RlLnR4dCIsIm10aW1lIjoiMjAyNjAxMDJUMDMwNDA1WiJ9",
      { name: UMLAUTS, modifiedAtMs: NEW_YEAR_MS, tool: "mt-aws-glacier" },
    );
  });

  it("reads a mt1 record, whose JSON is encoded twice", () => {
    assertDecodes(
      "mt1 eyJmaWxlbmFtZSI6InBob3Rvcy_Dg8K8bsODwq8gY29kZS50eHQiLCJtdGltZSI6IjIwMjYwMTAyVDAzMDQwNVoifQ",
      { name: UMLAUTS, modifiedAtMs: NEW_YEAR_MS, tool: "mt-aws-glacier" },
    );
  });

  it("reads the members in either order and without a time", () => {
    assertDecodes(mt2({ mtime: "20120821T170824Z", filename: "a" }), {
      ...{ name: "a", modifiedAtMs: AUGUST_MS, tool: "mt-aws-glacier" },
    });
    assertDecodes(mt2({ filename: "a" }), { name: "a", tool: "mt-aws-glacier" });
    assertDecodes(mt2({ filename: "a", mtime: "20121399T170824Z" }), {
      ...{ name: "a", tool: "mt-aws-glacier" },
    });
  });

  it("reads the extra members, which Moraine writes, and leaves malformed ones out", () => {
    const extras = { size: 5, mode: "755", sha256: HEX64, enc: "age" };
    assertDecodes(mt2({ filename: "a\\b", ...extras }), {
      ...{ name: "a\\b", tool: "moraine", sizeBytes: 5, mode: 0o755, sha256: HEX64 },
      ...{ isEncrypted: true, encryption: "age" },
    });
    const malformed = { size: -5, mode: 755, sha256: "beef", enc: null };
    assertDecodes(mt2({ filename: "a", ...malformed }), { name: "a", tool: "moraine" });
  });

  it("takes near misses of them as plain text", () => {
    for (const text of [
      "mt2",
      "mt2 ",
      "mt2 not base64!",
      "mt2 AAAAA",
      "mt2 _-_-",
      "mt3 eyJmaWxlbmFtZSI6ImEifQ",
      "MT2 eyJmaWxlbmFtZSI6ImEifQ",
      "mt2eyJmaWxlbmFtZSI6ImEifQ",
      mt2("a"),
      mt2(null),
      mt2(["filename"]),
      mt2({ filename: 5 }),
      mt2({ name: "a" }),
      `mt1 ${Buffer.from('{"filename":"\u4e2d"}').toString("base64url")}`,
    ]) {
      assertPlain(text);
    }
  });
});

describe("decodeDescription of FastGlacier's records", () => {
  const file = { name: "glacier-dg.pdf", modifiedAtMs: AUGUST_MS };
  const flags = { isCompressed: true, isEncrypted: true, md5: MD5 };

  it("reads version 4", () => {
    assertDecodes(FAST4, { ...file, tool: "FastGlacier", ...flags, sizeBytes: 54_687 });
  });

  it("reads version 3 and version 2", () => {
    assertDecodes(FAST4.replace("<v>4", "<v>3").replace(":54687", ""), {
      ...{ ...file, tool: "FastGlacier", ...flags },
    });
    assertDecodes("<m><v>2</v><p>Z2xhY2llci1kZy5wZGY=</p><lm>20120821T170824Z</lm></m>", {
      ...file,
      tool: "FastGlacier",
    });
  });

  it("reads version 4 without flags as CrushFTP's", () => {
    assertDecodes("<m><v>4</v><p>Z2xhY2llci1kZy5wZGY=</p><lm>20120821T170824Z</lm></m>", {
      ...{ ...file, tool: "CrushFTP" },
    });
  });

  it("reads version 1", () => {
    assertDecodes(
      `<ArchiveMetadata> <Path>${base64(UMLAUTS)}</Path> <Other>x</Other></ArchiveMetadata>`,
      { name: UMLAUTS, tool: "FastGlacier" },
    );
  });

  it("overlooks spaces, line ends and quotation marks around the elements", () => {
    const expected = { ...file, tool: "FastGlacier", ...flags, sizeBytes: 54_687 };
    for (const text of [
      `" ${FAST4.replaceAll("><", ">\r\n  <")} "`,
      FAST4.replace("</p>", "  </p>").replace("</lm>", "   </lm>"),
    ]) {
      assertDecodes(text, expected);
    }
    assertDecodes(
      `"<ArchiveMetadata>   <Path>    ${base64("B:/one.dpx")}  </Path></ArchiveMetadata>"`,
      { name: "B:/one.dpx", tool: "FastGlacier" },
    );
  });

  it("shows paths of Windows with slashes, in any script", () => {
    assertDecodes(`<m><v>2</v><p>${base64("C:\\Füße\\写真.jpg")}</p></m>`, {
      ...{ name: "C:/Füße/写真.jpg", tool: "FastGlacier" },
    });
  });

  it("takes near misses of its records as plain text", () => {
    for (const text of [
      FAST4.replace("<v>4", "<v>5"),
      FAST4.replace("</m>", ""),
      FAST4.replace("Z2xh", "Z2!h"),
      FAST4.replace(/<p>.*<\/p>/, ""),
      "<m><v>4</v><p>/////w==</p></m>",
      "<ArchiveMetadata><Path>!</Path></ArchiveMetadata>",
      "<ArchiveMetadata></ArchiveMetadata>",
    ]) {
      assertPlain(text);
    }
  });
});

describe("decodeDescription of CloudBerry's and QNAP's records", () => {
  it("reads CloudBerry's path as UTF-7", () => {
    const text = '{"Path":"photos/+APw-n+AO8 code.txt","UTCDateModified":"20260102T030405Z"}';
    const expected = { name: UMLAUTS, modifiedAtMs: NEW_YEAR_MS, tool: "CloudBerry" };
    assertDecodes(text, expected);
    assertDecodes(JSON.stringify(text), expected);
    assertDecodes(`"${text}"`, expected);
    assertDecodes(text.replace("Path", "path"), expected);
  });

  it("reads CloudBerry's flags and shows its path with slashes", () => {
    const text = (flags: number) =>
      `{"Path":"c:\\\\dir\\\\f","UTCDateModified":"20260102T030405Z","Flags":${flags}}`;
    for (const [flags, isCompressed, isEncrypted] of [
      [0, false, false],
      [1, true, false],
      [2, false, true],
      [3, true, true],
    ] as const) {
      const expected = { name: "c:/dir/f", modifiedAtMs: NEW_YEAR_MS, tool: "CloudBerry" };
      assertDecodes(text(flags), { ...expected, isCompressed, isEncrypted });
    }
  });

  it("keeps CloudBerry paths that are not UTF-7 as they are", () => {
    for (const Path of ["C++ code.txt", "a+b.txt", "ü", "+2D0-", "+AP"]) {
      assertDecodes(JSON.stringify({ Path }), { name: Path, tool: "CloudBerry" });
    }
  });

  it("reads QNAP's path", () => {
    assertDecodes('{"path": "/sample/1234.pdf", "type": "file"}', {
      ...{ name: "/sample/1234.pdf", tool: "QNAP" },
    });
  });

  it("takes other JSON as plain text", () => {
    for (const text of [
      '{"path": "/sample/1234.pdf"}',
      '{"path": 5, "type": "file"}',
      '{"Path": null}',
      '["Path"]',
      '{"Path": "a"',
      "null",
      "5",
      '"a"',
      '{"__proto__": {"Path": "a"}}',
    ]) {
      assertPlain(text);
    }
  });
});

describe("decodeDescription of git-annex's keys", () => {
  it("reads size and hash, and keeps the key as the name", () => {
    const key = `SHA256E-s3000000--${HEX64}.bin`;
    const expected = { name: key, tool: "git-annex", sizeBytes: 3_000_000, sha256: HEX64 };
    assertDecodes(key, expected);
    const md5Key = `MD5-s5--${MD5}`;
    assertDecodes(md5Key, { name: md5Key, tool: "git-annex", sizeBytes: 5, md5: MD5 });
    const blake = `BLAKE2B256E--${HEX64}.tar.gz`;
    assertDecodes(blake, { name: blake, tool: "git-annex" });
  });

  it("knows encrypted keys, whose digest is no hash of the file", () => {
    for (const key of [`GPGHMACSHA1--${HEX40}`, `GPGHMACSHA256--${HEX64}`]) {
      assertDecodes(key, { name: key, tool: "git-annex", isEncrypted: true });
    }
  });

  it("does not give the size and hash of the file to one chunk of it", () => {
    const key = `SHA256-s30-S10-C1--${HEX64}`;
    assertDecodes(key, { name: key, tool: "git-annex" });
  });

  it("takes near misses of keys as plain text", () => {
    for (const text of [
      `SHA256E-s3000000--${HEX40}.bin`,
      `SHA256-s3000000--${HEX64}.bin`,
      `SHA256E-s3000000-${HEX64}`,
      `sha256E-s3000000--${HEX64}`,
      `SHA256E-x5--${HEX64}`,
      "BACKUP--2012",
    ]) {
      assertPlain(text);
    }
  });
});

describe("decodeDescription of other text", () => {
  it("takes it as the name", () => {
    for (const text of ["holiday.tar", "No description.", "my backup, 2012/01", " a "]) {
      assertPlain(text);
    }
  });

  it("shows paths of Windows with slashes, and leaves other backslashes alone", () => {
    for (const [text, name] of [
      ["D:\\Backup\\a.txt", "D:/Backup/a.txt"],
      ["\\\\server\\share\\a/b", "//server/share/a/b"],
      ["photos\\2012\\a.jpg", "photos/2012/a.jpg"],
      ["aaa\\\\bbb\\\\ccc", "aaa/bbb/ccc"],
      ["a/b\\c", "a/b\\c"],
    ] as const) {
      assertDecodes(text, { name, tool: "plain text" });
    }
  });

  it("names an archive without a name by its id", () => {
    const name = "unnamed/NkbByEejwEgg";
    for (const text of ["", " ", "   "]) {
      assertDecodes(text, { name, tool: "none" });
    }
    assert.deepEqual(decodeDescription(undefined, ID), { name, tool: "none", raw: "" });
    assert.equal(decodeDescription(undefined).name, "unnamed");
    assertDecodes(mt2({ filename: "  ", mtime: "20260102T030405Z" }), {
      ...{ name, modifiedAtMs: NEW_YEAR_MS, tool: "mt-aws-glacier" },
    });
  });
});

describe("decodeDescription of anything", () => {
  const pieces = fc.constantFrom(
    ...[
      "mt1 ",
      "mt2 ",
      "<m>",
      "<v>4</v>",
      "<p>",
      "</p>",
      "</m>",
      '{"Path":"',
      '"}',
      "+",
      "-",
      "\\",
    ],
    ...["AAAA", '"', "SHA256E-s1--", HEX64, "{", "[", " ", "\n", "\ud800", "\u0000", "\u4e2d"],
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
    fc.json(),
    fc.string({ unit: "binary" }).map((Path) => JSON.stringify({ Path })),
  );

  it("always gives a name, and the text itself unchanged", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { name, raw } = decodeDescription(text, ID);
        assert.notEqual(name.trim(), "");
        assert.equal(raw, text);
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes time linear in the length of hostile text", () => {
    const started = performance.now();
    for (const unit of [
      '"',
      " ",
      "<m>",
      "[",
      '{"a":',
      "+A",
      "\\",
      "mt2 A",
      "A",
      "SHA256E-s1",
      "\n",
    ]) {
      const text = unit.repeat(200_000);
      decodeDescription(text);
      decodeDescription(`mt2 ${text}`);
      decodeDescription(`<ArchiveMetadata><Path>${text}</Path>${text}`);
      decodeDescription(JSON.stringify({ Path: text }));
      decodeDescription(`SHA256E${"-s1".repeat(200_000)}--${text}`);
      decodeDescription(`${text}x`);
    }
    // Quadratic work on texts of 200 000 characters and more takes minutes.
    assert.ok(performance.now() - started < 20_000);
  });
});
