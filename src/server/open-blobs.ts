/** Opens the blobs of the data folder, files and rows, and with a mirror both copies of them. */
import type { BlobEncryption } from "../adapters/blobs-filesystem/blob-cipher.ts";
import { openFilesystemBlobs } from "../adapters/blobs-filesystem/filesystem-blobs.ts";
import { createSmallBlobForm } from "../adapters/blobs-filesystem/small-blob-form.ts";
import { createMirroredBlobs } from "../adapters/blobs-mirrored/mirrored-blobs.ts";
import { createRotatableSmallBlobs } from "../adapters/blobs-small/small-blobs.ts";
import type { BlobId } from "../domain/ids.ts";
import { attachMirror, detachMirror } from "../engine/scrub/fill-mirror.ts";
import type { BlobCopy } from "../engine/scrub/heal-part.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { KeyRotation } from "../ports/key-rotation.ts";
import type { Logger } from "../ports/logger.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import type { SmallBlobForm } from "../ports/small-blobs.ts";
import type { DataFolder } from "./data-folder.ts";
import { openMirrorFolder } from "./mirror-folder.ts";
import type { Openings } from "./openings.ts";
import { rewrapCopies } from "./rewrap-copies.ts";
import type { Settings } from "./settings.ts";

export interface OpenedBlobs {
  /** What everybody reads and writes. */
  readonly blobs: BlobStore;
  /** How uploads keep small blobs as rows; `undefined` with a mirror, which gets a copy of every new blob as files. */
  readonly small: SmallBlobForm | undefined;
  /** Where the bytes are, the data folder first. */
  readonly copies: readonly BlobCopy[];
  /** Reaches the data keys of all copies. */
  readonly rotation: KeyRotation;
  readonly mirror:
    | (BlobCopy & { readonly blobs: BlobStore; readonly mirrorId: string; readonly path: string })
    | undefined;
  /** From now on `listener` hears of blobs that a read met damage in. */
  readonly tellSuspects: (listener: (blobId: BlobId) => void) => void;
}

interface Surroundings {
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly metadata: MetadataStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What both copies are encrypted with; `undefined` when they are kept as they are. */
  readonly encryption: BlobEncryption | undefined;
  /** Whether uploads may be received from connections that are lent. */
  readonly isLent: boolean;
  readonly openings: Openings;
}

/** Throws `MirrorFolderError`, or the file system's error. */
export async function openBlobs(surroundings: Surroundings): Promise<OpenedBlobs> {
  const { settings, folder, metadata, logger, encryption, openings } = surroundings;
  const opened = openFilesystemBlobs({
    folder: folder.blobsPath,
    logger,
    encryption,
    accelerate: settings.nativeHashing,
    receive: surroundings.isLent,
  });
  const files = await openings.open("blobs", opened, (it) => it.close());
  const form = createSmallBlobForm(encryption);
  const primary = createRotatableSmallBlobs({ metadata, form, files, logger });
  const copies = [{ name: "primary", blobs: primary }];
  if (settings.mirror.dir === undefined) {
    await noteAbsence(surroundings);
    await folder.markRows();
    const tellSuspects = () => undefined;
    const small = form;
    return { blobs: primary, small, copies, rotation: primary, mirror: undefined, tellSuspects };
  }
  const mirror = await openMirror(surroundings, settings.mirror.dir);
  let listener: (blobId: BlobId) => void = () => undefined;
  const blobs = createMirroredBlobs({
    primary,
    mirror: mirror.blobs,
    findLeaves: (blobId) => metadata.scrub.findPart(blobId),
    suspect: (blobId) => listener(blobId),
  });
  return {
    blobs,
    small: undefined,
    copies: [...copies, mirror],
    rotation: rewrapCopies([primary, mirror.blobs]),
    mirror,
    tellSuspects: (given) => {
      listener = given;
    },
  };
}

async function openMirror(surroundings: Surroundings, path: string) {
  const { settings, folder, metadata, logger, encryption, openings } = surroundings;
  const known = await metadata.scrub.findWalk("fill");
  const place = await openings.open(
    "mirror folder",
    openMirrorFolder({ path, dataDir: folder.path, knownId: known?.target, logger }),
    (it) => it.close(),
  );
  const accelerate = settings.nativeHashing;
  const opened = openFilesystemBlobs({
    folder: place.blobsPath,
    logger,
    encryption,
    accelerate,
  });
  const blobs = await openings.open("mirror", opened, (it) => it.close());
  await attachMirror(surroundings, place.mirrorId);
  await place.accept();
  return { name: "mirror", blobs, mirrorId: place.mirrorId, path: place.path };
}

async function noteAbsence(surroundings: Surroundings): Promise<void> {
  const known = await detachMirror(surroundings);
  if (known !== undefined) {
    surroundings.logger.warn(
      { mirrorId: known.target },
      "there was a mirror, and mirror-dir names none: blobs are written once; a mirror that comes back is filled",
    );
  }
}
