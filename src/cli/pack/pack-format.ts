/**
 * A pack: small files in one tar archive, whose first member is the index of the others (docs/format-pack.md).
 * Any tar program reads it. A file of at most 1 MiB is one leaf of its tree, so its tree hash is its SHA-256.
 */
import { pack as createTar } from "tar-stream";
import { z } from "zod";
import { MIB } from "../../domain/limits.ts";
import { formatHex, utf8Bytes } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { findIsoInstant, formatIsoMilliseconds } from "../../std/iso-time.ts";
import { findJsonValue } from "../../std/json-file-node.ts";

export const INDEX_NAME = ".moraine-pack.jsonl";
/** Larger files are archives of their own: a request is little beside their bytes. */
export const MEMBER_MAX_BYTES = MIB;
export const MEMBERS_MAX = 10_000;
/** The index, its header and padding lie within the first so many bytes. */
export const INDEX_RANGE_BYTES = 4 * MIB;
/** Of the index alone; what a line takes beyond its name is below `LINE_BYTES`. */
const INDEX_MAX_BYTES = INDEX_RANGE_BYTES - MIB;
const LINE_BYTES = 256;
const BLOCK_BYTES = 512;
const END_BYTES = 2 * BLOCK_BYTES;
const VERSION = 1;

export interface PackedFile {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly modifiedAtMs: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface FileToPack extends PackedFile {
  readonly bytes: Uint8Array;
}

export interface PackMember extends PackedFile {
  /** Of the first byte in the pack. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** Lower-case hex SHA-256, which is the tree hash too. */
  readonly sha256: string;
}

export interface Pack {
  /** To be sent one after another. */
  readonly chunks: readonly Uint8Array[];
  readonly members: readonly PackMember[];
}

/** The bytes of a pack of `files`, each of 1 byte to `MEMBER_MAX_BYTES`. */
export async function formatPack(files: readonly FileToPack[]): Promise<Pack> {
  const entries: Uint8Array[] = [];
  const placed: PackMember[] = [];
  let end = 0;
  for (const { bytes, ...file } of files) {
    const { name, mode, modifiedAtMs } = file;
    const header = { name, mode, mtime: new Date(modifiedAtMs), type: "file" } as const;
    const entry = await formatEntry(header, bytes);
    const offset = end + entry.length - paddedLength(bytes.length);
    const hash = formatHex(sha256(bytes));
    placed.push({ ...file, offset, sizeBytes: bytes.length, sha256: hash });
    entries.push(entry);
    end += entry.length;
  }
  const lines = [
    { moraine: "pack", version: VERSION, members: files.length },
    ...placed.map(lineOf),
  ];
  const index = utf8Bytes(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const mtime = new Date(Math.max(...files.map(({ modifiedAtMs }) => modifiedAtMs)));
  const first = await formatEntry({ name: INDEX_NAME, mode: 0o644, mtime, type: "file" }, index);
  return {
    chunks: [first, ...entries, new Uint8Array(END_BYTES)],
    members: placed.map((member) => ({ ...member, offset: member.offset + first.length })),
  };
}

type EntryHeader = Parameters<ReturnType<typeof createTar>["entry"]>[0];

/** Header, with an extended one for names that need it, content and padding. */
async function formatEntry(header: EntryHeader, bytes: Uint8Array): Promise<Uint8Array> {
  const tar = createTar();
  tar.entry({ ...header, size: bytes.length }, Buffer.from(bytes));
  tar.finalize();
  const all: Uint8Array[] = [];
  for await (const chunk of tar) {
    // A tar stream gives out buffers; its declaration leaves that open.
    all.push(chunk as Uint8Array);
  }
  const whole = Buffer.concat(all);
  return whole.subarray(0, whole.length - END_BYTES);
}

function paddedLength(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Offsets in the index count from its end, because its own length depends on their digits. */
function lineOf({ name, sizeBytes, modifiedAtMs, mode, offset, ...member }: PackMember) {
  const mtime = formatIsoMilliseconds(modifiedAtMs);
  const digits = mode.toString(8);
  return { name, size: sizeBytes, mtime, mode: digits, sha256: member.sha256, offset };
}

const headSchema = z.object({
  moraine: z.literal("pack"),
  version: z.literal(VERSION),
  members: z.int().positive().max(MEMBERS_MAX),
});
const lineSchema = z.object({
  name: z.string().refine((name) => name.trim() !== "", "must not be blank"),
  size: z.int().positive().max(MEMBER_MAX_BYTES),
  mtime: z.string().refine((text) => findIsoInstant(text) !== undefined, "must be an instant"),
  mode: z.string().regex(/^[0-7]{1,4}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  offset: z.int().nonnegative(),
});

/** The archive is no pack, or of a form that this program does not know. */
export class PackFormatError extends Error {
  override readonly name = "PackFormatError";
}

/** The members that the index at the beginning of a pack tells. Throws `PackFormatError`. */
export function parsePackIndex(beginning: Uint8Array): readonly PackMember[] {
  const bytes = Buffer.from(beginning.buffer, beginning.byteOffset, beginning.length);
  const name = bytes.subarray(0, 100).toString("latin1").replace(/\0.*$/s, "");
  const size = Number.parseInt(bytes.subarray(124, 136).toString("latin1"), 8);
  const end = BLOCK_BYTES + size;
  if (name !== INDEX_NAME || !(end <= bytes.length)) {
    throw new PackFormatError(`it does not begin with ${INDEX_NAME}`);
  }
  const [first = "", ...lines] = bytes.subarray(BLOCK_BYTES, end).toString("utf8").split("\n");
  const head = headSchema.safeParse(findJsonValue(first));
  const count = lines.length - 1;
  if (!head.success || head.data.members !== count) {
    throw new PackFormatError(`line 1 of its index does not tell its ${count} members`);
  }
  const start = BLOCK_BYTES + paddedLength(size);
  return lines.slice(0, count).map((line, index) => {
    const parsed = lineSchema.safeParse(findJsonValue(line));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const reason = `${issue?.path.join(".") || "it"}: ${issue?.message}`;
      throw new PackFormatError(`line ${index + 2} of its index is no member: ${reason}`);
    }
    const { size: sizeBytes, mtime, mode, offset, ...member } = parsed.data;
    return {
      ...{ ...member, sizeBytes, offset: start + offset },
      modifiedAtMs: findIsoInstant(mtime) ?? 0,
      mode: Number.parseInt(mode, 8),
    };
  });
}

/** How full a pack that is being filled is; `add` tells whether the file still fits, and then counts it. */
export function createPackMeter(packSizeBytes: number) {
  let members = 0;
  let indexBytes = LINE_BYTES;
  let totalBytes = BLOCK_BYTES + END_BYTES;
  return {
    add: ({ name, sizeBytes }: { readonly name: string; readonly sizeBytes: number }): boolean => {
      // JSON may write a byte as an escape of six characters, and an extended header repeats the name.
      const nameBytes = utf8Bytes(name).length;
      const lineBytes = LINE_BYTES + 6 * nameBytes;
      const entryBytes = 4 * BLOCK_BYTES + nameBytes + paddedLength(sizeBytes);
      const isFitting =
        members < MEMBERS_MAX &&
        indexBytes + lineBytes <= INDEX_MAX_BYTES &&
        totalBytes + lineBytes + entryBytes <= packSizeBytes;
      if (isFitting || members === 0) {
        members += 1;
        indexBytes += lineBytes;
        totalBytes += lineBytes + entryBytes;
      }
      return isFitting || members === 1;
    },
  };
}
