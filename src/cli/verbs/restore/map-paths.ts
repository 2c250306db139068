/**
 * Where archives go below the folder that they are restored to. Names of archives are anybody's text; the
 * paths made of them stay below the folder, mean the same on every file system, and are never those of two
 * archives. Pure; docs/guide/restore.md tells the rules.
 */
import { formatHex, utf8Bytes } from "../../../std/bytes.ts";
import { sha256 } from "../../../std/hasher-node.ts";

export interface NamedArchive {
  readonly archiveId: string;
  readonly name: string;
}

export interface MappedPath {
  /** Relative, components joined by `/`. */
  readonly path: string;
  /** Why it is not the name itself; empty when it is. */
  readonly reasons: readonly PathReason[];
}

export type PathReason =
  | "absolute"
  | "drive letter"
  | "backslash"
  | "empty component"
  | "leads upwards"
  | "ends with dot or blank"
  | "control character"
  | "half a surrogate pair"
  | "too long"
  | "reserved"
  | "no name"
  | "same as another"
  | "also a folder";

/** Of one component, in UTF-8, on the usual file systems. */
export const COMPONENT_MAX_BYTES = 255;

const RESERVED = /\.moraine-(part|state|plain)(\.new)?$/i;

/**
 * The path of each archive, in the order given. It does not depend on that order: of several whose paths
 * differ in case or in Unicode form only, the one whose name needed no change keeps it, then the one first
 * by name and id; the others get `~` and digits of their id's hash before the extension.
 */
export function mapPaths(archives: readonly NamedArchive[]): MappedPath[] {
  const clean = archives.map((archive) => ({ archive, ...cleanName(archive) }));
  const folders = new Set(clean.flatMap(({ components }) => foldersOf(components)));
  const taken = new Set<string>();
  const mapped = new Map<NamedArchive, MappedPath>();
  for (const item of clean.toSorted(comparePrecedence)) {
    const { components, reasons, archive } = item;
    const key = foldPath(components);
    if (!taken.has(key) && !folders.has(key)) {
      taken.add(key);
      mapped.set(archive, { path: components.join("/"), reasons });
      continue;
    }
    const reason = folders.has(key) ? "also a folder" : "same as another";
    const renamed = renameUntilFree(item, (path) => !taken.has(path) && !folders.has(path));
    taken.add(foldPath(renamed));
    mapped.set(archive, { path: renamed.join("/"), reasons: [...reasons, reason] });
  }
  return archives.map((archive) => mapped.get(archive) ?? { path: "", reasons: [] });
}

interface CleanName {
  readonly components: readonly string[];
  readonly reasons: readonly PathReason[];
}

type CleanArchive = CleanName & { readonly archive: NamedArchive };

/** The components of a safe path for a name, one at least. */
export function cleanName({ name, archiveId }: NamedArchive): CleanName {
  const reasons = new Set<PathReason>();
  const note = (reason: PathReason, applies: boolean) => void (applies && reasons.add(reason));
  note("backslash", name.includes("\\"));
  const text = name.replaceAll("\\", "/");
  note("absolute", text.startsWith("/"));
  const parts = text.replace(/^\/+/, "").split("/");
  const kept = parts.filter((part) => part !== "" && part !== ".");
  note("empty component", kept.length < parts.length);
  const components = kept.map((part, index) =>
    cleanComponent(index === 0 ? dropDrive(part, note) : part, note),
  );
  if (components.length === 0) {
    reasons.add("no name");
    return { components: ["unnamed", archiveId.slice(0, 12) || "archive"], reasons: [...reasons] };
  }
  return { components, reasons: [...reasons] };
}

type Note = (reason: PathReason, applies: boolean) => void;

/** `c:` becomes `c`, and `c:name` becomes `c_name`. */
function dropDrive(part: string, note: Note): string {
  const [, letter = "", rest = ""] = /^([A-Za-z]):(.*)$/s.exec(part) ?? [];
  note("drive letter", letter !== "");
  return letter === "" ? part : `${letter}${rest === "" ? "" : `_${rest}`}`;
}

function cleanComponent(part: string, note: Note): string {
  const wellFormed = part.toWellFormed();
  note("half a surrogate pair", wellFormed !== part);
  const printable = wellFormed.replaceAll(/\p{Cc}/gu, "_");
  note("control character", printable !== wellFormed);
  // Windows drops dots and blanks at the end; `..` is a case of it.
  const ended = printable.replace(/[. ]+$/, (end) => "_".repeat(end.length));
  note(printable === ".." ? "leads upwards" : "ends with dot or blank", ended !== printable);
  const free = RESERVED.test(ended) ? `${ended}_` : ended;
  note("reserved", free !== ended);
  const short = shorten(free, hashOf(part));
  note("too long", short !== free);
  return short;
}

/** `name`, or as much of it as fits with `~`, `mark` and its extension into one component. */
function shorten(name: string, mark: string): string {
  return utf8Bytes(name).length <= COMPONENT_MAX_BYTES ? name : addMark(name, mark);
}

/** `photo.jpg` with the mark `3fa2b1c9` is `photo~3fa2b1c9.jpg`; what gets too long is cut before the mark. */
function addMark(name: string, mark: string): string {
  const [, stem = name, extension = ""] = /^(.+)(\.[^.]{1,16})$/s.exec(name) ?? [];
  const end = `~${mark}${extension}`;
  const room = COMPONENT_MAX_BYTES - utf8Bytes(end).length;
  return `${cutBytes(stem, room)}${end}`;
}

function cutBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let kept = "";
  for (const character of text) {
    bytes += utf8Bytes(character).length;
    if (bytes > maxBytes) {
      break;
    }
    kept += character;
  }
  return kept;
}

function hashOf(text: string): string {
  return formatHex(sha256(utf8Bytes(text.toWellFormed()))).slice(0, 8);
}

function foldersOf(components: readonly string[]): string[] {
  return components.slice(1).map((_, index) => foldPath(components.slice(0, index + 1)));
}

/** Equal for paths that some file system takes for one: macOS and Windows ignore case, macOS Unicode forms. */
function foldPath(components: readonly string[]): string {
  return components.join("/").normalize("NFD").toUpperCase().toLowerCase().normalize("NFC");
}

function comparePrecedence(left: CleanArchive, right: CleanArchive): number {
  return (
    left.reasons.length - right.reasons.length ||
    compareText(left.archive.name, right.archive.name) ||
    compareText(left.archive.archiveId, right.archive.archiveId)
  );
}

function compareText(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

function renameUntilFree(
  { components, archive }: CleanArchive,
  isFree: (key: string) => boolean,
): readonly string[] {
  const folders = components.slice(0, -1);
  const name = components.at(-1) ?? "";
  const hash = formatHex(sha256(utf8Bytes(`${archive.archiveId} ${archive.name}`.toWellFormed())));
  for (let number = 1; ; number += 1) {
    // More digits where eight are taken; numbers where even all are, as for an archive that is listed twice.
    const mark = number <= 8 ? hash.slice(0, 8 * number) : `${hash}-${number}`;
    const renamed = [...folders, addMark(name, mark)];
    if (isFree(foldPath(renamed))) {
      return renamed;
    }
  }
}
