/**
 * The file that a download grows in, beside its target, and what is known of it.
 *
 * `.NAME.moraine-part` holds the bytes. `.NAME.moraine-state` holds a line of JSON that says whose bytes
 * they are and which process writes them, then a line for each range with its tree hash. Neither has to
 * survive a power cut: ranges are hashed again before they are trusted. A crash leaves both, and the next
 * download of the same archive to the same target continues with them; one of another archive replaces them.
 */
import { randomUUID } from "node:crypto";
import { constants, type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type ByteRange, equalRanges, rangeLength } from "../../domain/byte-range.ts";
import { formatHex, utf8Bytes } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { findFileText, findJsonValue } from "../../std/json-file-node.ts";
import { createStreamingHash } from "../streaming-hash.ts";
import { TargetBusyError } from "./download-errors.ts";

export const PART_SUFFIX = ".moraine-part";
export const STATE_SUFFIX = ".moraine-state";
const PLAIN_SUFFIX = ".moraine-plain";

const NAME_MAX_BYTES = 255;
const READ_BYTES = 256 * 1024;

export interface DownloadTarget {
  /** An existing folder; the caller has made sure that it is the one meant. */
  readonly folder: string;
  /** One component. */
  readonly name: string;
}

/** Tells one content from another: a partial file of other content is of no use. */
export interface ContentIdentity {
  readonly archiveId: string;
  readonly sizeBytes: number;
  readonly treeHash: string | undefined;
  /** Of the archive, in bytes; for retrievals of a part of one. */
  readonly firstByte: number;
  readonly rangeSizeBytes: number;
}

export interface RangeRecord extends ByteRange {
  readonly treeHash: string;
  readonly isVerified: boolean;
}

export interface PartialFile {
  readonly path: string;
  readonly file: FileHandle;
  /** Ranges that an earlier run left, found to be as they were recorded. */
  readonly kept: readonly RangeRecord[];
  /** Notes a range that is written. */
  record(range: RangeRecord): Promise<void>;
  /** Closes the file and leaves it for another run. */
  keep(): Promise<void>;
  /** Closes and removes both files. */
  discard(): Promise<void>;
  /** Gives the file its name, replacing what has it; the caller has made its bytes durable. */
  publish(published: PublishedFile): Promise<void>;
}

/** What a download ends as. */
export interface PublishedFile {
  /** The partial file, or one that was made of it, in the same folder; then the partial file is removed. */
  readonly path: string;
  /** One component: the target's name, or another in its folder. */
  readonly name: string;
}

const headSchema = z.object({
  archiveId: z.string(),
  sizeBytes: z.int(),
  treeHash: z.string().optional(),
  firstByte: z.int(),
  rangeSizeBytes: z.int(),
  pid: z.int(),
  token: z.string(),
});

const rangeSchema = z.object({
  start: z.int(),
  endExclusive: z.int(),
  treeHash: z.string(),
  isVerified: z.boolean(),
});

/**
 * Opens the partial file of `target`, mode 0600, and continues with what is there of the same content.
 * Throws `TargetBusyError` when a living process writes it, and errors of the file system; a symbolic
 * link in its place is refused, not followed.
 */
export async function openPartialFile(
  target: DownloadTarget,
  content: ContentIdentity,
): Promise<PartialFile> {
  const paths = partialPaths(target);
  const earlier = await readState(paths.state);
  const known = earlier !== undefined && isSameContent(earlier.head, content);
  await takeState(paths, content, earlier);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(paths.part, flags, 0o600);
  try {
    const kept = known ? await verifyRanges(file, earlier.ranges, content) : [];
    await file.truncate(content.sizeBytes);
    const state = await open(paths.state, constants.O_WRONLY | constants.O_APPEND);
    const record = async (range: RangeRecord) => {
      const { start, endExclusive, treeHash, isVerified } = range;
      await state.write(`${JSON.stringify({ start, endExclusive, treeHash, isVerified })}\n`);
    };
    await Promise.all(kept.map(record));
    return createPartialFile({ file, state, kept, record, paths, target });
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The names of both files; a name that would be too long is replaced by its hash. */
export function partialPaths({ folder, name }: DownloadTarget) {
  const isLong = utf8Bytes(`.${name}${STATE_SUFFIX}.new`).length > NAME_MAX_BYTES;
  const stem = isLong ? formatHex(sha256(utf8Bytes(name))) : name;
  return {
    part: join(folder, `.${stem}${PART_SUFFIX}`),
    state: join(folder, `.${stem}${STATE_SUFFIX}`),
    /** What the state is renamed from; a crash may leave it, and the next run takes it over. */
    newState: join(folder, `.${stem}${STATE_SUFFIX}.new`),
    /** What a decrypted file grows in. */
    plain: join(folder, `.${stem}${PLAIN_SUFFIX}`),
  };
}

type State = NonNullable<Awaited<ReturnType<typeof readState>>>;

async function readState(path: string) {
  const [first = "", ...lines] = ((await findFileText(path)) ?? "").split("\n");
  const head = headSchema.safeParse(findJsonValue(first));
  if (!head.success) {
    return undefined;
  }
  const ranges = lines.flatMap((line) => {
    const range = rangeSchema.safeParse(findJsonValue(line));
    return range.success ? [range.data] : [];
  });
  return { head: head.data, ranges };
}

function isSameContent(head: State["head"], content: ContentIdentity): boolean {
  return (
    head.archiveId === content.archiveId &&
    head.sizeBytes === content.sizeBytes &&
    head.treeHash === content.treeHash &&
    head.firstByte === content.firstByte &&
    head.rangeSizeBytes === content.rangeSizeBytes
  );
}

/** Whoever writes the state file owns both. One left by a process that is gone is replaced. */
async function takeState(
  { state: path, newState }: ReturnType<typeof partialPaths>,
  content: ContentIdentity,
  earlier: State | undefined,
): Promise<void> {
  if (earlier !== undefined && earlier.head.pid !== process.pid && isAlive(earlier.head.pid)) {
    throw busy(path, earlier.head.pid);
  }
  const token = randomUUID();
  const head = `${JSON.stringify({ ...content, pid: process.pid, token })}\n`;
  const file = await open(newState, "w", 0o600);
  try {
    await file.writeFile(head);
  } finally {
    await file.close();
  }
  try {
    await rename(newState, path);
  } catch (error) {
    // Another process wrote the same name and was quicker.
    throw error instanceof Error && "code" in error && error.code === "ENOENT"
      ? busy(path, undefined)
      : error;
  }
  // Of two that took it at the same moment, the later rename wins.
  if (!(await readFile(path, "utf8")).startsWith(head)) {
    throw busy(path, undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function busy(path: string, pid: number | undefined): TargetBusyError {
  const owner = pid === undefined ? "another process" : `process ${pid}`;
  return new TargetBusyError(
    `${owner} is downloading to the same file; if that is not so, remove ${path}`,
  );
}

/** Reads recorded ranges back, and keeps those whose bytes still have the recorded tree hash. */
async function verifyRanges(
  file: FileHandle,
  ranges: readonly RangeRecord[],
  { sizeBytes, rangeSizeBytes }: ContentIdentity,
): Promise<RangeRecord[]> {
  const kept: RangeRecord[] = [];
  for (const range of ranges) {
    const isOurs =
      range.start % rangeSizeBytes === 0 &&
      range.endExclusive === Math.min(sizeBytes, range.start + rangeSizeBytes) &&
      !kept.some((other) => equalRanges(other, range));
    if (isOurs && (await treeHashOf(file, range)) === range.treeHash) {
      kept.push(range);
    }
  }
  return kept;
}

async function treeHashOf(file: FileHandle, range: ByteRange): Promise<string | undefined> {
  const hash = createStreamingHash();
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, rangeLength(range)));
  for (let position = range.start; position < range.endExclusive; ) {
    const wanted = Math.min(buffer.length, range.endExclusive - position);
    const { bytesRead } = await file.read(buffer, 0, wanted, position);
    if (bytesRead === 0) {
      return undefined;
    }
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return hash.digest().treeHash;
}

function createPartialFile(parts: {
  readonly file: FileHandle;
  readonly state: FileHandle;
  readonly kept: readonly RangeRecord[];
  readonly record: (range: RangeRecord) => Promise<void>;
  readonly paths: ReturnType<typeof partialPaths>;
  readonly target: DownloadTarget;
}): PartialFile {
  const { file, state, kept, record, paths, target } = parts;
  const close = async () => {
    await file.close();
    await state.close();
  };
  return {
    path: paths.part,
    file,
    kept,
    record,
    keep: close,
    discard: async () => {
      await close();
      await rm(paths.part, { force: true });
      await rm(paths.state, { force: true });
    },
    publish: async ({ path, name }) => {
      await close();
      await rename(path, join(target.folder, name));
      if (path !== paths.part) {
        await rm(paths.part, { force: true });
      }
      await rm(paths.state, { force: true });
    },
  };
}
