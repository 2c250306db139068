/** Writes the description of an archive: a mt2 record, which mt-aws-glacier reads as one of its own. */
import { formatBase64url, utf8Bytes } from "../../std/bytes.ts";
import { formatIsoBasic } from "../../std/iso-time.ts";
import { invalidParameter } from "../errors.ts";
import { DESCRIPTION_MAX_CHARACTERS } from "../limits.ts";

/** The file that an archive holds. */
export interface Mt2File {
  readonly name: string;
  /** Epoch milliseconds, written to the second, of a year from 0 to 9999. */
  readonly modifiedAtMs: number;
  /** Bytes of the file before any encryption. */
  readonly size?: number;
  /** Permission bits, 0 to 0o7777; written as octal digits. */
  readonly mode?: number;
  /** Lower-case hex SHA-256 of the file before any encryption. */
  readonly sha256?: string;
  /** What the archive is encrypted with. */
  readonly enc?: string;
}

/**
 * The description of `file`: at most 1024 printable ASCII characters. When it gets too long the extras go,
 * the hash first, then mode and size; `enc` stays, because without it a restore would pass off ciphertext
 * as the file. Throws `InvalidParameterValueException` for a name that is blank or that does not fit even
 * then (723 bytes of JSON text fit), and for a time whose year has not four digits.
 */
export function formatMt2(file: Mt2File): string {
  const { name, enc } = file;
  if (name.trim() === "") {
    throw invalidParameter(
      `Invalid name: ${JSON.stringify(name)} is blank, and the description of an archive must name its file.` +
        " Give it another name.",
    );
  }
  const needed = { filename: name, mtime: formatTime(file), enc };
  const size = file.size;
  const mode = file.mode?.toString(8);
  const candidates = [{ size, mode, sha256: file.sha256 }, { size, mode }, { size }, {}];
  const texts = candidates.map((extras) => formatRecord({ ...needed, ...extras }));
  const shortest = texts.at(-1) ?? "";
  const fitting = texts.find((text) => text.length <= DESCRIPTION_MAX_CHARACTERS);
  if (fitting === undefined) {
    throw tooLong(name, shortest.length);
  }
  return fitting;
}

/** JSON writes half surrogate pairs as escapes, so that every name survives the way through UTF-8. */
function formatRecord(members: Readonly<Record<string, string | number | undefined>>): string {
  return `mt2 ${formatBase64url(utf8Bytes(JSON.stringify(members)))}`;
}

function formatTime({ name, modifiedAtMs }: Mt2File): string {
  const year = new Date(modifiedAtMs).getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    throw invalidParameter(
      `Invalid modification time of ${JSON.stringify(name)}: ${modifiedAtMs} ms since 1970 is not in the` +
        " years 0 to 9999. Set the file's modification time to one that is.",
    );
  }
  return formatIsoBasic(modifiedAtMs);
}

function tooLong(name: string, characters: number) {
  return invalidParameter(
    `Invalid name: ${JSON.stringify(name)} takes ${characters} characters as the description of an archive,` +
      ` at most ${DESCRIPTION_MAX_CHARACTERS} are allowed. Shorten the name or those of its folders (about 700` +
      " ASCII characters fit, fewer of other scripts), or pack the file into an archive file with a short name.",
  );
}
