/**
 * The folder of a mirror. An identity file tells it from every other folder, so that neither a wrong disk nor the empty
 * folder under a disk that is not mounted is ever written to. See docs/format.md.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { z } from "zod";
import type { Logger } from "../ports/logger.ts";
import { syncFolder, writeFileDurably } from "../std/durable-file-node.ts";
import { findJsonValue } from "../std/json-file-node.ts";
import { FolderLockError, lockFolder, OWNER_NAMES } from "./folder-lock.ts";

/** The version of the layout that this version of Moraine writes and reads. */
const FORMAT = 1;
const IDENTITY_NAME = "moraine-mirror.json";
/** An operator makes this file on a disk that is to take the place of the mirror. */
export const NEW_MIRROR_NAME = "moraine-new-mirror";
const ID_BYTES = 16;

const HARMLESS_NAMES: ReadonlySet<string> = new Set([
  ...OWNER_NAMES,
  `${IDENTITY_NAME}.tmp`,
  `${NEW_MIRROR_NAME}.tmp`,
  NEW_MIRROR_NAME,
  "lost+found",
]);

/** The mirror's folder, locked for this process until `close`. */
export interface MirrorFolder {
  readonly path: string;
  readonly blobsPath: string;
  readonly mirrorId: string;
  /** Called once the metadata know this mirror: from then on it is accepted as this one only. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

/** The folder can't be the mirror; the message says why and what to do. */
export class MirrorFolderError extends Error {
  override readonly name = "MirrorFolderError";
}

export interface MirrorFolderOptions {
  /** Absolute. */
  readonly path: string;
  readonly dataDir: string;
  /** The mirror that the metadata know; `undefined` when there never was one. */
  readonly knownId: string | undefined;
  readonly logger: Logger;
}

/** Makes a first mirror of a missing or empty folder. Throws `MirrorFolderError`. */
export async function openMirrorFolder(options: MirrorFolderOptions): Promise<MirrorFolder> {
  const { path, knownId } = options;
  await prepare(options);
  const lock = await takeLock(path);
  try {
    const names = await readdir(path);
    const found = names.includes(IDENTITY_NAME) ? await readIdentity(path) : undefined;
    refuseWrong(options, names, found);
    const mirrorId = found ?? randomBytes(ID_BYTES).toString("hex");
    if (found === undefined) {
      // The mark stays until the metadata know the mirror, so that a start that is cut short can be repeated.
      await writeFileDurably(join(path, NEW_MIRROR_NAME), "", 0o600);
      await writeIdentity(path, mirrorId);
    }
    if (mirrorId !== knownId) {
      options.logger.info({ path, mirrorId }, "a new mirror is filled");
    }
    return {
      path,
      blobsPath: join(path, "blobs"),
      mirrorId,
      accept: async () => {
        await rm(join(path, NEW_MIRROR_NAME), { force: true });
        await syncFolder(path);
      },
      close: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function prepare({ path, dataDir, knownId, logger }: MirrorFolderOptions): Promise<void> {
  try {
    if (knownId === undefined) {
      await mkdir(path, { recursive: true, mode: 0o700 });
    }
    if (!(await stat(path)).isDirectory()) {
      throw refusal(path, "is a file");
    }
    const [mirror, data] = [await realpath(path), await realpath(dataDir)];
    if (isWithin(mirror, data) || isWithin(data, mirror)) {
      throw refusal(path, `and the data folder ${dataDir} must not lie inside each other`);
    }
    if ((await stat(mirror)).dev === (await stat(data)).dev) {
      logger.warn(
        { path },
        "the mirror lies on the same file system as the data folder: it does not outlive its disk",
      );
    }
  } catch (error) {
    if (error instanceof MirrorFolderError) {
      throw error;
    }
    const { code } = error as NodeJS.ErrnoException;
    const hint = code === "ENOENT" ? "; is its disk mounted?" : "";
    throw refusal(path, `can't be used (${code})${hint}`, error);
  }
}

function refuseWrong(
  { path, knownId }: MirrorFolderOptions,
  names: readonly string[],
  found: string | undefined,
): void {
  if (names.includes(NEW_MIRROR_NAME) || (found !== undefined && found === knownId)) {
    if (found === undefined) {
      refuseForeign(path, names);
    }
    return;
  }
  const advice = `; to fill it as a new mirror, make the file ${NEW_MIRROR_NAME} in it`;
  if (found !== undefined) {
    const known =
      knownId === undefined
        ? "this service has no mirror yet"
        : `that of this service is ${knownId}`;
    throw refusal(path, `is mirror ${found}, and ${known}: is it the right disk?${advice}`);
  }
  refuseForeign(path, names);
  if (knownId !== undefined) {
    throw refusal(
      path,
      `is empty, and mirror ${knownId} is expected: is its disk mounted?${advice}`,
    );
  }
}

function refuseForeign(path: string, names: readonly string[]): void {
  const foreign = names.find((name) => !HARMLESS_NAMES.has(name));
  if (foreign !== undefined) {
    const holds = `it holds ${JSON.stringify(foreign)} but no ${IDENTITY_NAME}`;
    throw refusal(path, `is neither empty nor a mirror: ${holds}`);
  }
}

const identitySchema = z.object({
  software: z.literal("moraine"),
  mirror: z.int().positive(),
  id: z.string().regex(/^[0-9a-f]{32}$/),
});

async function readIdentity(path: string): Promise<string> {
  const text = await readFile(join(path, IDENTITY_NAME), "utf8");
  const identity = identitySchema.safeParse(findJsonValue(text));
  if (!identity.success) {
    throw refusal(path, `has a damaged ${IDENTITY_NAME}`);
  }
  if (identity.data.mirror > FORMAT) {
    throw refusal(
      path,
      `was written by a newer version of Moraine (mirror format ${identity.data.mirror}, this version` +
        ` knows up to ${FORMAT}); use that version`,
    );
  }
  return identity.data.id;
}

async function writeIdentity(path: string, mirrorId: string): Promise<void> {
  const identity = { software: "moraine", mirror: FORMAT, id: mirrorId };
  await writeFileDurably(join(path, IDENTITY_NAME), `${JSON.stringify(identity)}\n`, 0o600);
}

async function takeLock(path: string) {
  try {
    return await lockFolder(path);
  } catch (error) {
    if (error instanceof FolderLockError) {
      throw refusal(path, error.message, error);
    }
    throw error;
  }
}

function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === "" || (!isAbsolute(way) && way.split("/")[0] !== "..");
}

function refusal(path: string, why: string, cause?: unknown): MirrorFolderError {
  return new MirrorFolderError(`mirror-dir ${path} ${why}`, { cause });
}
