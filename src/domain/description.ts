/** Descriptions of archives and jobs: printable ASCII of limited length (contract §1.10). */
import { invalidParameter } from "./errors.ts";
import { DESCRIPTION_MAX_CHARACTERS } from "./limits.ts";

/**
 * The description in an `x-amz-archive-description` header, without its leading spaces; absent or empty
 * means none. Throws `InvalidParameterValueException`.
 */
export function parseArchiveDescription(text: string | undefined): string | undefined {
  return parseDescription("x-amz-archive-description", text?.replace(/^ +/, ""));
}

/** The `Description` of a job; absent or empty means none. Throws `InvalidParameterValueException`. */
export function parseJobDescription(text: string | undefined): string | undefined {
  return parseDescription("Description", text);
}

function parseDescription(field: string, text: string | undefined): string | undefined {
  if (text === undefined || text === "") {
    return undefined;
  }
  // Every allowed character is one byte, so that length in characters is length in bytes.
  if (!/^[\x20-\x7E]*$/.test(text)) {
    throw invalidParameter(
      `Invalid ${field}: it must consist of the printable ASCII characters 0x20 to 0x7E.`,
    );
  }
  if (text.length > DESCRIPTION_MAX_CHARACTERS) {
    throw invalidParameter(
      `Invalid ${field}: it has ${text.length} characters, at most ${DESCRIPTION_MAX_CHARACTERS} are allowed.`,
    );
  }
  return text;
}
