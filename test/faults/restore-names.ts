/** Names of files as people, tools and attackers write them, in descriptions of the tools that write them. */
import { formatMt2 } from "../../src/domain/descriptions/encode-mt2.ts";

const MODIFIED_MS = Date.UTC(2020, 1, 3, 4, 5, 6);

/** Each with the path it must come to; those that collide with another are told apart by a hash. */
export const namesAndPaths: readonly (readonly [name: string, path: string | RegExp])[] = [
  ["plain.txt", "plain.txt"],
  ["photos/2025/IMG 1.MOV", "photos/2025/IMG 1.MOV"],
  ["ünï cödé/日本語/файл.txt", "ünï cödé/日本語/файл.txt"],
  ["emoji 😀🎉/👩‍👩‍👧.png", "emoji 😀🎉/👩‍👩‍👧.png"],
  ["nfc-\u00e9.txt", /^nfc-\u00e9~[0-9a-f]{8}\.txt$/],
  ["nfc-e\u0301.txt", "nfc-e\u0301.txt"],
  [" leading blank", " leading blank"],
  ["-rf", "-rf"],
  ["$(touch pwned)`x`;|&", "$(touch pwned)`x`;|&"],
  ["../../escaped.txt", "__/__/escaped.txt"],
  ["../out-of-reach/x", "__/out-of-reach/x"],
  ["a/../../b/c", "a/__/__/b/c"],
  ["/etc/moraine-was-here", "etc/moraine-was-here"],
  ["//server//share//f", "server/share/f"],
  ["c:\\Windows\\System32\\drivers\\etc\\hosts", "c/Windows/System32/drivers/etc/hosts"],
  ["D:relative.txt", "D_relative.txt"],
  ["..\\..\\backslash.txt", "__/__/backslash.txt"],
  ["\\\\nas\\share\\film.mkv", "nas/share/film.mkv"],
  ["trailing dots...", "trailing dots___"],
  ["folder. /file ", "folder__/file_"],
  ["nul\0byte", "nul_byte"],
  ["new\nline\tand\x1b[31mcolour", "new_line_and_[31mcolour"],
  ["Case.TXT", "Case.TXT"],
  ["case.txt", /^case~[0-9a-f]{8}\.txt$/],
  ["both", /^both~[0-9a-f]{8}$/],
  ["both/inside", "both/inside"],
  ["./dot/./segments/.", "dot/segments"],
  [`long/${"x".repeat(300)}.tar.gz`, /^long\/x{200,}~[0-9a-f]{8}\.gz$/],
  [`long/${"ж".repeat(160)}`, /^long\/ж{100,}~[0-9a-f]{8}$/],
  [".sneaky.moraine-part", ".sneaky.moraine-part_"],
  ["...", "___"],
];

/** The descriptions of the names above (as mt2 records) and of `count` more, of eight tools in turn. */
export function describeFiles(count: number): string[] {
  const odd = namesAndPaths.map(([name]) => formatMt2({ name, modifiedAtMs: MODIFIED_MS }));
  const more = Array.from({ length: count }, (_, index) => {
    const describe = TOOLS[index % TOOLS.length] ?? plain;
    return describe(`${FOLDERS[index % FOLDERS.length]}/file ${index}`, MODIFIED_MS + index * 1000);
  });
  return [...odd, ...more];
}

const FOLDERS = ["a", "b/ü", "c/日本", "d e", "f/../g", "/h", "i/j/k/l/m", "n "];

type Describe = (name: string, modifiedAtMs: number) => string;

const mt2: Describe = (name, modifiedAtMs) => formatMt2({ name, modifiedAtMs });
const moraine: Describe = (name, modifiedAtMs) =>
  formatMt2({ name, modifiedAtMs, size: 5, mode: 0o640 });
const mt1: Describe = (name, modifiedAtMs) => {
  const json = JSON.stringify({ filename: name, mtime: basic(modifiedAtMs) });
  const twice = Buffer.from(Buffer.from(json, "utf8").toString("latin1"), "utf8");
  return `mt1 ${twice.toString("base64url")}`;
};
const fastGlacier: Describe = (name, modifiedAtMs) =>
  `<m><v>4</v><p>${Buffer.from(name).toString("base64")}</p><lm>${basic(modifiedAtMs)}</lm></m>`;
const fastGlacier2: Describe = (name, modifiedAtMs) =>
  `<m><v>2</v><p>${Buffer.from(name).toString("base64")}</p><lm>${basic(modifiedAtMs)}</lm></m>`;
const cloudBerry: Describe = (name, modifiedAtMs) => {
  const path = `c:\\backup\\${name.replaceAll("/", "\\")}`;
  return JSON.stringify({ Path: utf7(path), UTCDateModified: basic(modifiedAtMs), Flags: 0 });
};
const qnap: Describe = (name) =>
  JSON.stringify({ path: name.replaceAll(/[^\x20-\x7e]/g, "_"), type: "file" });
const plain: Describe = (name) => name.replaceAll(/[^\x20-\x7e]/g, "_");

const TOOLS = [mt2, moraine, mt1, fastGlacier, fastGlacier2, cloudBerry, qnap, plain];

function basic(epochMs: number): string {
  return new Date(epochMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
}

/** UTF-7 of RFC 2152: what is no plain character goes as base64 of UTF-16 between `+` and `-`. */
function utf7(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9'(),./:?\\ -]+/g, (run) => {
    const utf16 = Buffer.from(run, "utf16le").swap16();
    return `+${utf16.toString("base64").replaceAll("=", "")}-`;
  });
}
