import { uploadNotFound } from "../../domain/errors.ts";
import { getUpload } from "../get-upload.ts";
import type { Handler } from "../handler.ts";

/**
 * Ends an upload and gives up its parts. One aborted before is aborted still, for as long as it is
 * remembered; a completed one is not found (contract §2.23).
 */
export const abortMultipartUpload: Handler<"AbortMultipartUpload"> = async (
  input,
  call,
  services,
) => {
  await services.metadata.transaction(async ({ uploads }) => {
    const upload = await getUpload((id) => uploads.lock(id), call.vault, input.uploadId);
    switch (upload.state) {
      case "InProgress":
        await uploads.end({ ...upload, state: "Aborted", endedAtMs: services.clock.nowMs() });
        return;
      case "Completed":
        throw uploadNotFound(input.uploadId);
      case "Aborted":
        return;
    }
  });
  return {};
};
