/** Reads what archivists' tools write into the descriptions of archives, in every convention known. */
import { findCloudBerry } from "./cloud-berry.ts";
import { findCrushFtp } from "./crush-ftp.ts";
import type { DecodedDescription, FoundDescription } from "./decoded-description.ts";
import { findFastGlacier, findFastGlacier1 } from "./fast-glacier.ts";
import { findGitAnnex } from "./git-annex.ts";
import { findMt1 } from "./mt1.ts";
import { findMt2 } from "./mt2.ts";
import { describePlainText } from "./plain-text.ts";
import { findQnap } from "./qnap.ts";

/** In the order in which they are tried; CrushFTP's form is a narrower one of FastGlacier's. */
const decoders: readonly ((text: string) => FoundDescription | undefined)[] = [
  findMt2,
  findMt1,
  findCrushFtp,
  findFastGlacier,
  findFastGlacier1,
  findCloudBerry,
  findQnap,
  findGitAnnex,
];

/** How many characters of an archive's id stand for a name it lacks. */
const ID_CHARACTERS = 12;

/**
 * The file that a description names. Every text has a meaning: what follows no convention is a name as it
 * is, so nothing is ever refused or thrown. A blank name becomes `unnamed/` and the first 12 characters of
 * the archive's id, or `unnamed` where no id is given. Takes time linear in the length of the text.
 */
export function decodeDescription(
  text: string | undefined,
  archiveId?: string,
): DecodedDescription {
  const raw = text ?? "";
  const found = findByConvention(raw) ?? describePlainText(raw);
  const name = found.name.trim() === "" ? nameOfId(archiveId) : found.name;
  return { ...found, name, raw };
}

function findByConvention(text: string): FoundDescription | undefined {
  for (const find of decoders) {
    const found = find(text);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function nameOfId(archiveId: string | undefined): string {
  return archiveId === undefined ? "unnamed" : `unnamed/${archiveId.slice(0, ID_CHARACTERS)}`;
}
