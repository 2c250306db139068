/** Markers of lists ordered by name: opaque text that holds the first name not yet returned. */
import { validationError } from "../../domain/management-error.ts";
import { findBase64urlBytes, formatBase64url, utf8Bytes, utf8Text } from "../../std/bytes.ts";

const PREFIX = "name:";

/** The marker of a page that begins with `name`. */
export function formatNameMarker(name: string): string {
  return formatBase64url(utf8Bytes(`${PREFIX}${name}`));
}

/** The name in a marker; `undefined`, the first, without one. Throws `ManagementError` `ValidationError`. */
export function parseNameMarker(marker: string | undefined): string | undefined {
  if (marker === undefined) {
    return undefined;
  }
  const text = findText(marker);
  if (!text?.startsWith(PREFIX)) {
    throw validationError("Invalid Marker.");
  }
  return text.slice(PREFIX.length);
}

function findText(marker: string): string | undefined {
  try {
    const bytes = findBase64urlBytes(marker);
    return bytes && utf8Text(bytes);
  } catch {
    return undefined;
  }
}
