/**
 * Results as plain files: the object `key` of `bucket` is the file `<folder>/<bucket>/<key>`; buckets come into
 * being with their first object (contract §8a). Temporary files lie in `<folder>/.tmp`, which is no name of a
 * bucket. Storage classes, encryption, access lists, tags and metadata have no meaning for files.
 *
 * A crash while writing leaves a temporary file, which the next start removes; one after the rename leaves the
 * whole object.
 */
import { constants } from "node:fs";
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  opendir,
  readdir,
  rename,
  rm,
  unlink,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { KIB, SELECT_PART_MAX_BYTES } from "../../domain/limits.ts";
import type { ResultStore, ResultWriter, StoredResult } from "../../ports/result-store.ts";
import { syncFolder } from "../../std/durable-file-node.ts";
import { openFolder } from "./object-folders.ts";
import { type ObjectPlace, parseObjectPlace, parsePrefixPlace } from "./object-path.ts";
import { codeOf, failureOf, refusal } from "./results-failure.ts";

const TEMPORARY = ".tmp";
const READ_BYTES = 256 * KIB;

/** Opens the results below `folder`, which is made when needed, and removes what writers of earlier starts left. */
export async function openFilesystemResults(options: {
  readonly folder: string;
}): Promise<ResultStore> {
  const results = new FilesystemResults(options.folder);
  await results.removeTemporary();
  return results;
}

class FilesystemResults implements ResultStore {
  readonly partMaxBytes = SELECT_PART_MAX_BYTES;
  readonly #folder: string;
  readonly #writers = new Set<FileWriter>();
  #lastTemporary = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async removeTemporary(): Promise<void> {
    const path = join(this.#folder, TEMPORARY);
    if ((await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined) {
      await syncFolder(this.#folder);
      await syncFolder(dirname(this.#folder));
    }
    for (const name of await readdir(path)) {
      await rm(join(path, name), { force: true });
    }
  }

  async openWriter({ bucketName }: { readonly bucketName: string }, key: string) {
    const place = parseObjectPlace(bucketName, key);
    return await orFailure(bucketName, async () => {
      // Made before the first byte is written, so that what can't be is refused at once.
      await openFolder(this.#folder, place, { isMade: true });
      this.#lastTemporary += 1;
      const path = join(this.#folder, TEMPORARY, `${process.pid}-${this.#lastTemporary}`);
      const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
      const file = await open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
      const writer = new FileWriter(this.#folder, place, { path, file }, () =>
        this.#writers.delete(writer),
      );
      this.#writers.add(writer);
      return writer;
    });
  }

  async *list({ bucketName }: { readonly bucketName: string }, prefix: string) {
    const names = parsePrefixPlace(bucketName, prefix);
    const [, ...below] = names;
    yield* this.#listFolder(bucketName, below);
  }

  async *#listFolder(
    bucketName: string,
    names: readonly string[],
  ): AsyncGenerator<string, void, void> {
    const path = join(this.#folder, bucketName, ...names);
    const entries = await orFailure(bucketName, async () => {
      const stat = await lstat(path).catch(absent);
      return stat?.isDirectory() === true ? await opendir(path) : undefined;
    });
    for await (const entry of entries ?? []) {
      if (entry.isDirectory()) {
        yield* this.#listFolder(bucketName, [...names, entry.name]);
      } else if (entry.isFile()) {
        yield [...names, entry.name].join("/");
      }
    }
  }

  async remove({ bucketName }: { readonly bucketName: string }, key: string): Promise<void> {
    const place = parseObjectPlace(bucketName, key);
    await orFailure(bucketName, async () => {
      const folder = await openFolder(this.#folder, place, { isMade: false });
      const path = folder === undefined ? undefined : join(folder, place.name);
      const stat = path === undefined ? undefined : await lstat(path).catch(absent);
      if (folder === undefined || path === undefined || stat === undefined || stat.isDirectory()) {
        return;
      }
      await unlink(path);
      await syncFolder(folder);
    });
  }

  async find(source: {
    readonly bucketName: string;
    readonly key: string;
  }): Promise<StoredResult | undefined> {
    const { bucketName, key } = source;
    const place = parseObjectPlace(bucketName, key);
    return await orFailure(bucketName, async () => {
      const folder = await openFolder(this.#folder, place, { isMade: false });
      const path = folder === undefined ? undefined : join(folder, place.name);
      const stat = path === undefined ? undefined : await lstat(path).catch(absent);
      if (path === undefined || stat?.isFile() !== true) {
        return undefined;
      }
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      const { size } = await file.stat();
      return { sizeBytes: size, bytes: readFile(file, size) };
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writers].map((writer) => writer.abort()));
  }
}

class FileWriter implements ResultWriter {
  readonly #folder: string;
  readonly #place: ObjectPlace;
  readonly #path: string;
  readonly #ended: () => void;
  #file: FileHandle | undefined;
  #isCommitted = false;

  constructor(
    folder: string,
    place: ObjectPlace,
    temporary: { readonly path: string; readonly file: FileHandle },
    ended: () => void,
  ) {
    this.#folder = folder;
    this.#place = place;
    this.#path = temporary.path;
    this.#file = temporary.file;
    this.#ended = ended;
  }

  async write(chunk: Uint8Array): Promise<void> {
    // `writeFile` of an open file writes all of it at its present position.
    await orFailure(this.#place.bucketName, async () => await this.#file?.writeFile(chunk));
  }

  async commit(): Promise<void> {
    await orFailure(this.#place.bucketName, async () => {
      await this.#file?.sync();
      await this.#closeFile();
      // Looked at again: the folder must be one still, and no link to another place.
      const folder = await openFolder(this.#folder, this.#place, { isMade: true });
      if (folder === undefined) {
        return;
      }
      const path = join(folder, this.#place.name);
      if ((await lstat(path).catch(absent))?.isDirectory() === true) {
        throw refusal(this.#place.bucketName, `"${this.#place.name}" is a folder of other objects`);
      }
      await rename(this.#path, path);
      await syncFolder(folder);
      this.#isCommitted = true;
      this.#ended();
    });
  }

  async abort(): Promise<void> {
    if (this.#isCommitted) {
      return;
    }
    this.#ended();
    await this.#closeFile().catch(() => undefined);
    // What can't be removed now is removed with the next start.
    await rm(this.#path, { force: true }).catch(() => undefined);
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

async function* readFile(
  file: FileHandle,
  sizeBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    for (let position = 0; position < sizeBytes; ) {
      const buffer = new Uint8Array(Math.min(READ_BYTES, sizeBytes - position));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) {
        throw new Error(`the file ends at ${position}, before its ${sizeBytes} bytes`);
      }
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
}

function absent(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") {
    throw error;
  }
}

async function orFailure<T>(bucketName: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(bucketName, error);
  }
}
