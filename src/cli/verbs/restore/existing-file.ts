/** What becomes of a file that has the target's name already. Pure. */
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import type { LocalState } from "../retrieval/local-file.ts";
import type { ExistingFiles } from "./plan.ts";

/**
 * Whether the archive is written, or what is there is left. Throws a `VerbFailure` when neither was asked
 * for, and for a folder in the place of the file, which is never replaced.
 */
export function decideExisting(existing: ExistingFiles, local: LocalState): "write" | "leave" {
  switch (local) {
    case "absent":
      return "write";
    case "identical":
      return "leave";
    case "folder":
      throw new VerbFailure(EXIT.failed, "a folder has this name; move it away");
    case "different":
    case "not a file":
      if (existing === "keep") {
        throw new VerbFailure(
          EXIT.failed,
          "another file has this name: --overwrite replaces such files, --skip-existing leaves them",
        );
      }
      return existing === "overwrite" ? "write" : "leave";
  }
}
