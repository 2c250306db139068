import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  concatBytes,
  equalBytes,
  findBase64urlBytes,
  findHexBytes,
  formatBase64url,
  formatHex,
  utf8Bytes,
  utf8BytesMax,
  utf8Text,
  writeUtf8,
} from "./bytes.ts";

const bytes = fc.uint8Array({ maxLength: 200 });
const wholeCharacters = fc.string({ unit: "grapheme" }).filter((text) => text.isWellFormed());

describe("hex", () => {
  it("is read back as the bytes it was made of, in either case", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = formatHex(value);
        assert.match(text, /^[0-9a-f]*$/);
        assert.deepEqual(findHexBytes(text), value);
        assert.deepEqual(findHexBytes(text.toUpperCase()), value);
      }),
    );
  });

  it("is not found in any other text", () => {
    for (const text of ["0", "0g", "0x10", " 00", "00 ", "é0", "00\n"]) {
      assert.equal(findHexBytes(text), undefined, text);
    }
  });
});

describe("base64url", () => {
  it("is read back as the bytes it was made of", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = formatBase64url(value);
        assert.match(text, /^[A-Za-z0-9_-]*$/);
        assert.deepEqual(findBase64urlBytes(text), value);
      }),
    );
  });

  it("never gives two texts the same bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 12 }), (text) => {
        const found = findBase64urlBytes(text);
        assert.ok(found === undefined || formatBase64url(found) === text);
      }),
    );
    // The last character of each holds bits beyond the last byte: zero in what we write.
    assert.notEqual(findBase64urlBytes("AA"), undefined);
    assert.equal(findBase64urlBytes("AB"), undefined);
    assert.equal(findBase64urlBytes("AAB"), undefined);
  });

  it("is not found in padded, standard or broken texts", () => {
    for (const text of ["AA==", "AA+A", "AA/A", "A", "AAAAA", "AA AA", "AAAA\n"]) {
      assert.equal(findBase64urlBytes(text), undefined, text);
    }
  });
});

describe("UTF-8", () => {
  it("is read back as the text it was made of", () => {
    fc.assert(
      fc.property(wholeCharacters, (text) => assert.equal(utf8Text(utf8Bytes(text)), text)),
    );
  });

  it("is the same when it is written into a buffer that held something else", () => {
    const target = new Uint8Array(3_000).fill(0xee);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        assert.ok(utf8BytesMax(text) <= target.length);
        assert.deepEqual(writeUtf8(text, target), utf8Bytes(text));
      }),
    );
    assert.equal(
      writeUtf8("\u20ac".repeat(100), new Uint8Array(300)).length,
      utf8BytesMax("\u20ac".repeat(100)),
    );
  });

  it("keeps a byte order mark, which is a character like any other here", () => {
    assert.equal(utf8Text(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), "\ufeffa");
  });

  it("is refused when it is malformed", () => {
    for (const broken of [[0xff], [0xc3], [0xc3, 0x28], [0xc0, 0x80], [0xed, 0xa0, 0x80]]) {
      assert.throws(() => utf8Text(new Uint8Array(broken)), TypeError);
    }
  });
});

describe("byte strings", () => {
  it("are equal when length and every byte are", () => {
    fc.assert(
      fc.property(bytes, bytes, (left, right) => {
        assert.equal(equalBytes(left, right), formatHex(left) === formatHex(right));
        assert.equal(equalBytes(left, new Uint8Array(left)), true);
      }),
    );
  });

  it("are joined in order", () => {
    fc.assert(
      fc.property(fc.array(bytes), (parts) => {
        assert.equal(formatHex(concatBytes(parts)), parts.map(formatHex).join(""));
      }),
    );
  });
});
