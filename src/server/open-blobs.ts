/** Opens the blobs of the data folder, and with a mirror both copies of them. */
import { openFilesystemBlobs } from "../adapters/blobs-filesystem/filesystem-blobs.ts";
import { createMirroredBlobs } from "../adapters/blobs-mirrored/mirrored-blobs.ts";
import type { BlobId } from "../domain/ids.ts";
import { attachMirror, detachMirror } from "../engine/scrub/fill-mirror.ts";
import type { BlobCopy } from "../engine/scrub/heal-part.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import type { Settings } from "./config.ts";
import type { DataFolder } from "./data-folder.ts";
import { openMirrorFolder } from "./mirror-folder.ts";
import type { Openings } from "./openings.ts";

export interface OpenedBlobs {
  /** What everybody reads and writes. */
  readonly blobs: BlobStore;
  /** Where the bytes are, the data folder first. */
  readonly copies: readonly BlobCopy[];
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
  readonly openings: Openings;
}

/** Throws `MirrorFolderError`, or the file system's error. */
export async function openBlobs(surroundings: Surroundings): Promise<OpenedBlobs> {
  const { settings, folder, metadata, logger, openings } = surroundings;
  const opened = openFilesystemBlobs({ folder: folder.blobsPath, logger });
  const primary = await openings.open("blobs", opened, (it) => it.close());
  const copies = [{ name: "primary", blobs: primary }];
  if (settings.mirror.dir === undefined) {
    await noteAbsence(surroundings);
    return { blobs: primary, copies, mirror: undefined, tellSuspects: () => undefined };
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
    copies: [...copies, mirror],
    mirror,
    tellSuspects: (given) => {
      listener = given;
    },
  };
}

async function openMirror(surroundings: Surroundings, path: string) {
  const { folder, metadata, logger, openings } = surroundings;
  const known = await metadata.scrub.findWalk("fill");
  const place = await openings.open(
    "mirror folder",
    openMirrorFolder({ path, dataDir: folder.path, knownId: known?.target, logger }),
    (it) => it.close(),
  );
  const opened = openFilesystemBlobs({ folder: place.blobsPath, logger });
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
