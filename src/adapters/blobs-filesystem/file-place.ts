/** Where the file of a blob lies, for a thread that reads it beside the event loop. */
import type { BlobPlace } from "../../ports/blob-place.ts";
import type { SealedBlob } from "./sealed-format.ts";

/** What leaf-reader.ts opens a blob with. */
export interface FileFacts {
  readonly path: string;
  /** What opens the blob when it is encrypted. */
  readonly sealed: SealedBlob | undefined;
}

/** The place of the blob in a file. */
export function placeOfFile({ path, sealed }: FileFacts): BlobPlace {
  // The module has the extension of this file: it is TypeScript in a checkout and JavaScript in a build.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const module = new URL(`./leaf-reader${extension}`, import.meta.url).href;
  if (sealed === undefined) {
    return { module, facts: { path, sealed } };
  }
  // Not more than that: what is handed to another thread is copied.
  const { blobId, sizeBytes, segmentBytes, dataKey } = sealed;
  return { module, facts: { path, sealed: { blobId, sizeBytes, segmentBytes, dataKey } } };
}
